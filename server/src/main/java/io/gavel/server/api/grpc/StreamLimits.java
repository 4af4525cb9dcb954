package io.gavel.server.api.grpc;

/// What streams may take of this member at most.
///
/// @param streams open session streams, and as many watches
/// @param streamBytes answers queued for one session stream
/// @param watchBytes events queued for one watch
public record StreamLimits(int streams, long streamBytes, long watchBytes) {}
