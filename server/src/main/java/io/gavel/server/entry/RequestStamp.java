package io.gavel.server.entry;

/// Which request of which session a command is.
///
/// @param sessionId 0 = the command is a single attempt without a session
/// @param proof first eight bytes, big endian, of SHA-256 of the session's secret
/// @param sequence the request's number in its session, from 1
/// @param floor the lowest sequence still unanswered at the client; results below it are forgotten
public record RequestStamp(long sessionId, long proof, long sequence, long floor) {
    public static final RequestStamp NONE = new RequestStamp(0, 0, 0, 0);

    public boolean hasSession() {
        return sessionId != 0;
    }
}
