package io.gavel.server.state;

/// How much the state holds, for operators.
public record StateCounts(long sessions, long lockHolders, long lockWaiters, long stateBytes) {
    public static final StateCounts NONE = new StateCounts(0, 0, 0, 0);
}
