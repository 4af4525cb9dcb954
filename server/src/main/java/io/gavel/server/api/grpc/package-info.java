/// The public services over gRPC: thin adapters between calls and the request router. Event loops run the handlers, so
/// nothing in here blocks.
@NullMarked
package io.gavel.server.api.grpc;

import org.jspecify.annotations.NullMarked;
