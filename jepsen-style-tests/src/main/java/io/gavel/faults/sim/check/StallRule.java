package io.gavel.faults.sim.check;

import io.gavel.raft.RaftStatus;
import java.util.TreeMap;

/// A leader whose disk does not answer is replaced within a bound (I28): it notices after one election timeout, has
/// one to hand over, and perhaps one more for a transfer that was under way, and one is to spare.
public final class StallRule {
    private static final int TIMEOUTS = 4;
    /// What a process stood still for does not count on its own clock: half an election timeout and more.
    private static final int PAUSE_FRACTION = 2;

    private static final class Stall {
        private long term;
        private long persisted;
        private long nanos;
        private long lastTurnNanos;
    }

    private final TreeMap<Integer, Stall> stalls = new TreeMap<>();

    /// A process begins.
    public void onStart(int node) {
        stalls.remove(node);
    }

    /// A turn of the consensus agent is over.
    public void onTurn(int node, RaftStatus status, long nowNanos, long electionTimeoutNanos) {
        boolean waits = status.role() == RaftStatus.RoleName.LEADER
                && status.persistedIndex() < status.lastEntry().index();
        if (!waits) {
            stalls.remove(node);
            return;
        }
        Stall stall = stalls.computeIfAbsent(node, _ -> new Stall());
        long term = status.hardState().currentTerm();
        if (stall.term != term || stall.persisted != status.persistedIndex()) {
            stall.term = term;
            stall.persisted = status.persistedIndex();
            stall.nanos = 0;
            stall.lastTurnNanos = nowNanos;
        }
        long passed = nowNanos - stall.lastTurnNanos;
        stall.lastTurnNanos = nowNanos;
        stall.nanos += passed < electionTimeoutNanos / PAUSE_FRACTION ? passed : 0;
        ViolationException.check(
                stall.nanos <= TIMEOUTS * electionTimeoutNanos,
                "I28",
                () -> "member " + node + " leads term " + term + " although its disk has not answered for "
                        + stall.nanos / 1_000_000 + " ms");
    }
}
