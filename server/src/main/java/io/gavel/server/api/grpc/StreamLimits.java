package io.gavel.server.api.grpc;

/// What streams may take of this member at most.
///
/// @param streams open session streams
/// @param streamBytes answers queued for one session stream
public record StreamLimits(int streams, long streamBytes) {}
