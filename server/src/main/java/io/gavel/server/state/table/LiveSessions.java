package io.gavel.server.state.table;

/// What other tables may ask about sessions.
public interface LiveSessions {
    /// Whether the session exists and its deadline is after the entry's replicated time. A session past its deadline
    /// is dead even before it is removed (rule 2).
    boolean isAlive(long sessionId);

    /// The session's deadline in replicated time; 0 if there is no such session.
    long deadlineNanos(long sessionId);

    /// The name its client gave, for operators; empty if there is no such session.
    String owner(long sessionId);
}
