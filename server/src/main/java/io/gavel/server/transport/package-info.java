/// How members talk: the port that agents use, the wire codec, and the gRPC rim behind it.
///
/// Nothing here blocks a caller, and nothing here retries a message: a message is sent at most once or dropped, and
/// consensus copes (rule 8). [GrpcPeerTransport] and what it owns are the rim.
@NullMarked
package io.gavel.server.transport;

import org.jspecify.annotations.NullMarked;
