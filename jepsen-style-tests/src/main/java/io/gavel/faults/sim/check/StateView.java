package io.gavel.faults.sim.check;

import io.gavel.protocol.v1.ElectionListQuery;
import io.gavel.protocol.v1.ElectionState;
import io.gavel.protocol.v1.Holder;
import io.gavel.protocol.v1.LockListQuery;
import io.gavel.protocol.v1.LockState;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueuedWaiter;
import io.gavel.protocol.v1.SessionListQuery;
import io.gavel.protocol.v1.SessionState;
import io.gavel.protocol.v1.Waiter;
import io.gavel.server.state.Published;
import io.gavel.server.state.StateMachine;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// The sessions and queues of one member after one entry, as its own queries tell them.
///
/// @param published what the member says of itself
/// @param sessions by id
/// @param queues locks by name, elections by [#ELECTION] and name
record StateView(Published published, SortedMap<Long, Session> sessions, SortedMap<String, Queue> queues) {
    /// What the names of elections begin with, as in the history.
    static final String ELECTION = "election/";

    private static final int ALL = 1_000;
    private static final LockState ONE_HOLDER =
            LockState.newBuilder().setCapacity(1).build();
    private static final Query SESSIONS = Query.newBuilder()
            .setSessionList(SessionListQuery.newBuilder().setLimit(ALL))
            .build();
    private static final Query LOCKS = Query.newBuilder()
            .setLockList(LockListQuery.newBuilder().setLimit(ALL))
            .build();
    private static final Query ELECTIONS = Query.newBuilder()
            .setElectionList(ElectionListQuery.newBuilder().setLimit(ALL))
            .build();

    /// A session, and how much replicated time it has left, rounded down.
    record Session(long ttlMillis, long remainingMillis) {}

    /// Who holds under a token.
    record Held(long session, int permits) {}

    /// A lock or an election.
    ///
    /// @param delayMillis how long it stays taken after its holder's session expired
    /// @param holders by token
    /// @param waiters what each wants, in the order of the queue; named `session/sequence`
    record Queue(int capacity, long delayMillis, SortedMap<Long, Held> holders, Map<String, Integer> waiters) {
        /// What nobody holds and nobody waits for.
        static final Queue NONE = new Queue(0, 0, Collections.emptySortedMap(), Collections.emptyMap());

        int permitsHeld() {
            int sum = 0;
            for (Held held : holders.values()) {
                sum += held.permits();
            }
            return sum;
        }
    }

    /// As it is now. On the apply agent.
    static StateView of(StateMachine machine) {
        SortedMap<Long, Session> sessions = new TreeMap<>();
        for (SessionState session : machine.read(SESSIONS).getSessionList().getSessionsList()) {
            sessions.put(session.getSessionId(), new Session(session.getTtlMillis(), session.getRemainingMillis()));
        }
        SortedMap<String, Queue> queues = new TreeMap<>();
        for (LockState lock : machine.read(LOCKS).getLockList().getLocksList()) {
            queues.put(lock.getName(), queue(lock, lock.getHoldersList(), lock.getWaitersList()));
        }
        for (ElectionState election : machine.read(ELECTIONS).getElectionList().getElectionsList()) {
            List<Holder> leader = election.hasLeader() ? List.of(election.getLeader()) : List.of();
            queues.put(ELECTION + election.getName(), queue(ONE_HOLDER, leader, election.getCandidatesList()));
        }
        return new StateView(machine.published(), sessions, queues);
    }

    private static Queue queue(LockState shape, List<Holder> holders, List<QueuedWaiter> waiters) {
        SortedMap<Long, Held> held = new TreeMap<>();
        for (Holder holder : holders) {
            held.put(holder.getToken(), new Held(holder.getSessionId(), holder.getPermits()));
        }
        Map<String, Integer> waiting = new LinkedHashMap<>();
        for (QueuedWaiter waiter : waiters) {
            waiting.put(name(waiter.getWaiter()), waiter.getPermits());
        }
        return new Queue(shape.getCapacity(), shape.getLockDelayMillis(), held, waiting);
    }

    static String name(Waiter waiter) {
        return waiter.getSessionId() + "/" + waiter.getSequence();
    }

    /// The session of a waiter's name.
    static long sessionOf(String waiter) {
        return Long.parseLong(waiter.substring(0, waiter.indexOf('/')));
    }

    Queue queue(String name) {
        return queues.getOrDefault(name, Queue.NONE);
    }

    long index() {
        return published.lastApplied().index();
    }

    long nowNanos() {
        return published.replicatedTimeNanos();
    }
}
