package io.gavel.server.api;

import com.google.protobuf.ByteString;

/// One attempt of a command.
///
/// @param sequence the command's number in its session; 0 without one
/// @param floor the lowest sequence still unanswered at the client
/// @param command an encoded `gavel.v1.Command`; these bytes go into the log
/// @param deadlineMillis as asked; 0 = the default
public record CommandRequest(
        SessionProof session, long sequence, long floor, ByteString command, long deadlineMillis) {}
