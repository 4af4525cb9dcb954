package io.gavel.server.state.table;

/// A session that is over, and how.
///
/// @param grantableAtNanos replicated time before which nothing it held may be granted to others, because its client
///     may still believe it holds (rule 4); 0 = at once
public record EndedSession(long sessionId, Reason reason, long grantableAtNanos) {
    /// Why a session ended. Lock delay applies after [#EXPIRED] only.
    public enum Reason {
        /// Its client closed it.
        CLOSED,
        /// Its deadline passed.
        EXPIRED,
        /// An operator evicted it.
        EVICTED,
        /// It had more requests in flight than its window allows (rule 5).
        WINDOW_EXCEEDED
    }
}
