package io.gavel.server.state.lock;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/// What locks must do, said as plainly as possible: lists that are searched from the front. Waiters that can never be
/// granted any more leave at once, which the real table may put off as long as nobody can tell.
final class LockOracle {
    static final long NEVER = Long.MAX_VALUE;

    static final class Request {
        final long session;
        final long sequence;
        final int permits;
        long until;
        long token;
        boolean blocking;

        Request(long session, long sequence, int permits, long until) {
            this.session = session;
            this.sequence = sequence;
            this.permits = permits;
            this.until = until;
        }
    }

    static final class Lock {
        final int capacity;
        final long delayNanos;
        final List<Request> waiters = new ArrayList<>();
        final List<Request> holders = new ArrayList<>();
        final List<Request> losses = new ArrayList<>();

        Lock(int capacity, long delayNanos) {
            this.capacity = capacity;
            this.delayNanos = delayNanos;
        }

        int free() {
            int taken = holders.stream().mapToInt(r -> r.permits).sum();
            return capacity
                    - taken
                    - losses.stream()
                            .filter(r -> r.blocking)
                            .mapToInt(r -> r.permits)
                            .sum();
        }
    }

    final TreeMap<String, Lock> locks = new TreeMap<>();
    private final SimCluster cluster;

    LockOracle(SimCluster cluster) {
        this.cluster = cluster;
    }

    /// True if the request is held or waits afterwards.
    boolean acquire(String name, Request request, int capacity, long delayNanos, boolean once) {
        Lock lock = locks.computeIfAbsent(name, n -> new Lock(capacity, delayNanos));
        if (lock.capacity != capacity || lock.delayNanos != delayNanos) {
            return false;
        }
        lock.waiters.add(request);
        grant(lock);
        boolean refused = once && lock.waiters.remove(request);
        forget();
        return !refused;
    }

    boolean release(String name, long session, long token) {
        Lock lock = locks.get(name);
        if (lock == null) {
            return false;
        }
        boolean released = lock.holders.removeIf(r -> r.token == token && r.session == session);
        boolean confirmed = lock.losses.removeIf(r -> r.token == token && r.session == session);
        if (released || confirmed) {
            settle(lock);
        }
        return released;
    }

    void withdraw(String name, long session, long sequence) {
        Lock lock = locks.get(name);
        if (lock != null) {
            boolean there = false;
            for (List<Request> list : List.of(lock.waiters, lock.holders, lock.losses)) {
                there |= list.removeIf(r -> r.session == session && r.sequence == sequence);
            }
            if (there) {
                settle(lock);
            }
        }
    }

    void forceRelease(String name, boolean now) {
        Lock lock = locks.get(name);
        boolean unblocks = lock != null && now && lock.losses.stream().anyMatch(r -> r.blocking);
        if (lock != null && (unblocks || !lock.holders.isEmpty())) {
            for (Request holder : lock.holders) {
                holder.blocking = cluster.isAlive(holder.session);
                holder.until = NEVER;
                lock.losses.add(holder);
            }
            lock.holders.clear();
            if (now) {
                lock.losses.forEach(r -> r.blocking = false);
                lock.losses.removeIf(r -> r.until != NEVER);
            }
            settle(lock);
        }
    }

    /// Like the end of any session: waits first; then what it held is free, or taken until the later of both times.
    void endSession(long session, boolean expired, long grantableAt) {
        for (Lock lock : locks.values()) {
            boolean touched = Stream.of(lock.waiters, lock.holders, lock.losses)
                    .flatMap(List::stream)
                    .anyMatch(r -> r.session == session);
            lock.waiters.removeIf(r -> r.session == session);
            for (Iterator<Request> it = lock.losses.iterator(); it.hasNext(); ) {
                Request loss = it.next();
                if (loss.session == session && loss.until == NEVER) {
                    loss.until = loss.blocking ? grantableAt : 0;
                    if (loss.until <= cluster.nowNanos()) {
                        it.remove();
                    }
                }
            }
            List<Request> held =
                    lock.holders.stream().filter(r -> r.session == session).toList();
            lock.holders.removeAll(held);
            for (Request request : held) {
                long delayed = expired && lock.delayNanos > 0 ? cluster.nowNanos() + lock.delayNanos : 0;
                request.until = Math.max(grantableAt, delayed);
                if (request.until > cluster.nowNanos()) {
                    request.blocking = true;
                    lock.losses.add(request);
                }
            }
            if (touched) {
                grant(lock);
            }
        }
        forget();
    }

    /// The table chooses tokens; the oracle only insists that whom it granted got one.
    void learn(String name, long session, long sequence, long token) {
        Lock lock = locks.getOrDefault(name, new Lock(0, 0));
        Stream.concat(lock.holders.stream(), lock.losses.stream())
                .filter(r -> r.session == session && r.sequence == sequence)
                .forEach(r -> r.token = token);
    }

    void onTime() {
        for (Lock lock : locks.values()) {
            lock.waiters.removeIf(r -> r.until <= cluster.nowNanos());
            lock.losses.removeIf(r -> r.until <= cluster.nowNanos());
            grant(lock);
        }
        forget();
    }

    private void settle(Lock lock) {
        grant(lock);
        forget();
    }

    private void grant(Lock lock) {
        lock.waiters.removeIf(request -> !isWanted(request));
        while (!lock.waiters.isEmpty() && lock.waiters.getFirst().permits <= lock.free()) {
            Request head = lock.waiters.removeFirst();
            head.until = NEVER;
            lock.holders.add(head);
        }
    }

    boolean isWanted(Request request) {
        return cluster.isAlive(request.session) && request.until > cluster.nowNanos();
    }

    private void forget() {
        locks.values().removeIf(l -> l.waiters.isEmpty() && l.holders.isEmpty() && l.losses.isEmpty());
    }
}
