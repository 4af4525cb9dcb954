package io.gavel.server.state.lock;

import io.gavel.raft.check.Invariants;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The holders and waiters of one name. An exclusive lock has one permit; an exclusive holder of a read-write lock
/// takes all of them, a shared one takes one; a semaphore is a queue whose holders take what they ask for.
///
/// Invariant: `0 <= occupied <= capacity`.
final class PermitQueue {
    final String name;
    final int capacity;
    final long lockDelayMillis;

    /// In queue order.
    private final NavigableMap<Long, Claim> waiters = new TreeMap<>();
    /// By token, that is, in the order of their grants.
    private final NavigableMap<Long, Claim> holders = new TreeMap<>();

    private final NavigableMap<Long, Claim> losses = new TreeMap<>();
    private int occupied;

    PermitQueue(String name, int capacity, long lockDelayMillis) {
        this.name = name;
        this.capacity = capacity;
        this.lockDelayMillis = lockDelayMillis;
    }

    NavigableMap<Long, Claim> waiters() {
        return waiters;
    }

    NavigableMap<Long, Claim> holders() {
        return holders;
    }

    NavigableMap<Long, Claim> losses() {
        return losses;
    }

    /// The claim with this position (waiting) or token (held, lost), which must be there.
    Claim claim(Claim.State state, long number) {
        Claim claim = index(state).get(number);
        if (claim == null) {
            throw new IllegalStateException("no claim " + number + " of " + name);
        }
        return claim;
    }

    int free() {
        return capacity - occupied;
    }

    boolean isEmpty() {
        return waiters.isEmpty() && holders.isEmpty() && losses.isEmpty();
    }

    /// The oldest holder; in an election, the leader.
    @Nullable
    Claim firstHolder() {
        return holders.isEmpty() ? null : holders.firstEntry().getValue();
    }

    int ahead(Claim waiter) {
        return waiters.headMap(waiter.position()).size();
    }

    void place(Claim claim) {
        Claim displaced = index(claim.state()).put(number(claim), claim);
        Invariants.check(displaced == null, "one claim a place", number(claim), claim.id.sequence());
        occupied += claim.occupied();
        Invariants.check(occupied <= capacity, "holders within capacity", occupied, capacity);
    }

    void displace(Claim claim) {
        Claim removed = index(claim.state()).remove(number(claim));
        Invariants.check(removed == claim, "a claim leaves its own place", number(claim), claim.id.sequence());
        occupied -= claim.occupied();
        Invariants.check(occupied >= 0, "no negative occupation", occupied, capacity);
    }

    /// What orders a claim among those of the same state.
    static long number(Claim claim) {
        return claim.state() == Claim.State.WAITING ? claim.position() : claim.token();
    }

    private NavigableMap<Long, Claim> index(Claim.State state) {
        return switch (state) {
            case WAITING -> waiters;
            case HELD -> holders;
            case LOST -> losses;
        };
    }
}
