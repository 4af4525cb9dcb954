package io.gavel.server.state.lock;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.LockEvent;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.raft.check.Invariants;
import io.gavel.server.snapshot.RecordSink;
import io.gavel.server.state.table.ApplyContext;
import io.gavel.server.state.table.EndedSession;
import io.gavel.server.state.table.ExpiryBudget;
import io.gavel.server.state.table.NamedRecords;
import io.gavel.server.state.table.StateDigest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The queues of one table and everything that moves a claim: arrival, grant, release, loss and time.
///
/// How it works, and why: every change of a queue ends with [#settle], which grants in queue order for as long as the
/// head fits. So a release hands over inside its own entry, an exclusive waiter at the head holds back the shared ones
/// behind it (no writer starves), and a settled queue never has a head that fits, unless a restored cluster still
/// waits for the clients of the old one. A grant looks at the waiter's session in the very entry that grants.
/// Confined to the apply agent.
final class PermitQueues {
    private static final long NANOS_PER_MILLI = 1_000_000;

    /// Told after each change of a queue, before an empty queue is forgotten.
    interface SettleListener {
        void onSettled(PermitQueue queue, ApplyContext context);
    }

    private final OwnershipKind kind;
    private final SettleListener listener;
    private final OwnershipRecords records;
    private final TreeMap<String, PermitQueue> queues = new TreeMap<>(OwnershipNames.ORDER);
    /// Every claim that ends with its session, by session and sequence.
    private final TreeMap<Long, TreeMap<Long, Claim>> claims = new TreeMap<>();

    private final TreeSet<Timer> timers = new TreeSet<>();
    /// Queues whose head fits but may not be granted yet (rule 11).
    private final TreeSet<String> heldBack = new TreeSet<>(OwnershipNames.ORDER);

    PermitQueues(OwnershipKind kind, SettleListener listener) {
        this.kind = kind;
        this.listener = listener;
        this.records = new OwnershipRecords(kind.tableId);
    }

    @Nullable
    PermitQueue find(String name) {
        return queues.get(name);
    }

    /// Claims that hold permits, in all queues.
    long holders() {
        long sum = 0;
        for (PermitQueue queue : queues.values()) {
            sum += queue.holders().size();
        }
        return sum;
    }

    /// Claims that wait, in all queues.
    long waiters() {
        long sum = 0;
        for (PermitQueue queue : queues.values()) {
            sum += queue.waiters().size();
        }
        return sum;
    }

    /// The queues whose names come after `name`, in name order.
    Iterable<PermitQueue> after(String name, boolean inclusive) {
        return queues.tailMap(name, inclusive).values();
    }

    @Nullable
    Claim find(ClaimId id) {
        TreeMap<Long, Claim> ofSession = claims.get(id.sessionId());
        return ofSession == null ? null : ofSession.get(id.sequence());
    }

    /// How many claims end with this session.
    int claimsOf(long sessionId) {
        TreeMap<Long, Claim> ofSession = claims.get(sessionId);
        return ofSession == null ? 0 : ofSession.size();
    }

    /// What the session holds, as `lock/NAME` or `election/NAME`, in name order.
    List<String> holdings(long sessionId) {
        TreeMap<Long, Claim> ofSession = claims.get(sessionId);
        if (ofSession == null) {
            return List.of();
        }
        TreeSet<String> names = new TreeSet<>(OwnershipNames.ORDER);
        ofSession.values().stream()
                .filter(claim -> claim.state() == Claim.State.HELD)
                .forEach(claim -> names.add(kind.noun + "/" + claim.queue.name));
        return List.copyOf(names);
    }

    /// The claim that holds `token` now: not revoked, and its session lives (rule 10).
    @Nullable
    Claim holder(String name, long token, ApplyContext context) {
        PermitQueue queue = queues.get(name);
        Claim holder = queue == null ? null : queue.holders().get(token);
        return holder != null && context.sessions().isAlive(holder.id.sessionId()) ? holder : null;
    }

    /// Whether a request that arrives now would be granted at once. Looks, changes nothing.
    boolean wouldGrant(@Nullable PermitQueue queue, int permits, ApplyContext context) {
        if (context.nowNanos() < context.grantsBlockedUntilNanos()) {
            return false;
        }
        if (queue == null) {
            return true;
        }
        int free = queue.free();
        for (Claim waiter : queue.waiters().values()) {
            if (isWorthGranting(waiter, context)) {
                free -= waiter.permits;
            }
            if (free < permits) {
                return false;
            }
        }
        return free >= permits;
    }

    /// Makes the queue for the first request of a name.
    PermitQueue open(String name, int capacity, long lockDelayMillis) {
        PermitQueue queue = new PermitQueue(name, capacity, lockDelayMillis);
        queues.put(name, queue);
        records.add(queue);
        return queue;
    }

    /// Puts a request at the end of the queue; [#settle] then grants it if it can.
    Claim enqueue(PermitQueue queue, ClaimId id, int permits, long waitUntilNanos, ByteString proposal, long position) {
        Claim claim = new Claim(queue, id, permits);
        claim.becomeWaiting(position, waitUntilNanos, proposal);
        index(claim);
        insert(claim);
        return claim;
    }

    /// Puts a waiter before all others.
    void moveToHead(Claim waiter) {
        long first = waiter.queue.waiters().firstKey();
        if (waiter.position() != first) {
            extract(waiter);
            waiter.becomeWaiting(first - 1, waiter.waitUntilNanos(), waiter.proposal());
            insert(waiter);
        }
    }

    void replaceProposal(Claim holder, ByteString proposal) {
        extract(holder);
        holder.replaceProposal(proposal);
        insert(holder);
    }

    /// Takes a claim out for good. What it held is free for [#settle].
    void remove(Claim claim) {
        extract(claim);
        forget(claim);
    }

    /// Takes a grant away from a client that does not know yet (rule 4): the token stops holding at once, and its
    /// permits stay taken until the client confirms or its session ends, unless `now`.
    void revoke(Claim holder, boolean now, ApplyContext context) {
        extract(holder);
        holder.becomeLost(!now && context.sessions().isAlive(holder.id.sessionId()), Claim.NEVER);
        insert(holder);
        context.notifySession(holder.id.sessionId(), lost(holder, context.changeRevision()));
    }

    /// Stops waiting for the client of a grant that was taken away.
    void stopBlocking(Claim loss) {
        extract(loss);
        if (loss.lingerUntilNanos() == Claim.NEVER) {
            loss.becomeLost(false, Claim.NEVER);
            insert(loss);
        }
    }

    /// Grants what can be granted, then forgets the queue if nothing is left of it.
    void settle(PermitQueue queue, ApplyContext context) {
        boolean open = context.nowNanos() >= context.grantsBlockedUntilNanos();
        while (queue.free() > 0 && !queue.waiters().isEmpty()) {
            Claim head = queue.waiters().firstEntry().getValue();
            if (!isWorthGranting(head, context)) {
                endWait(head, context);
            } else if (open && head.permits <= queue.free()) {
                grant(head, context);
            } else {
                break;
            }
        }
        noteHeldBack(queue);
        listener.onSettled(queue, context);
        if (queue.isEmpty()) {
            queues.remove(queue.name);
            records.remove(queue);
        }
    }

    private void grant(Claim head, ApplyContext context) {
        extract(head);
        head.becomeHeld(context.nextToken(), context.changeRevision());
        insert(head);
        boolean inTheAnswer = head.id.sessionId() == context.sessionId() && head.id.sequence() == context.sequence();
        if (!inTheAnswer) {
            context.notifySession(head.id.sessionId(), granted(head));
        }
    }

    /// Whether the waiter's session lives and its wait limit has not passed, by replicated time.
    private static boolean isWorthGranting(Claim waiter, ApplyContext context) {
        return waiter.waitUntilNanos() > context.nowNanos()
                && context.sessions().isAlive(waiter.id.sessionId());
    }

    private void endWait(Claim waiter, ApplyContext context) {
        remove(waiter);
        if (context.sessions().isAlive(waiter.id.sessionId())) {
            LockEvent event = event(waiter, context.revision())
                    .setError(Answers.waitEnded(kind, waiter.queue.name))
                    .build();
            context.notifySession(
                    waiter.id.sessionId(),
                    SessionEvent.newBuilder().setWaitEnded(event).build());
        }
    }

    // ---- sessions

    /// Ends everything of a session: first all its waits, so that it is not handed what it gives up, then its grants
    /// in the order in which it got them.
    void onSessionEnded(EndedSession session, ApplyContext context) {
        TreeMap<Long, Claim> ended = claims.remove(session.sessionId());
        if (ended == null) {
            return;
        }
        List<Claim> grants = new ArrayList<>();
        List<Claim> waits = new ArrayList<>();
        ended.values().forEach(claim -> (claim.state() == Claim.State.WAITING ? waits : grants).add(claim));
        grants.sort(Comparator.comparingLong(Claim::token));
        waits.forEach(this::extract);
        LinkedHashSet<PermitQueue> touched = new LinkedHashSet<>();
        for (Claim claim : grants) {
            long until = lingerUntil(claim, session, context);
            if (claim.state() == Claim.State.HELD) {
                context.changeRevision();
            }
            extract(claim);
            if (until > context.nowNanos()) {
                claim.becomeLost(true, until);
                insert(claim);
            }
            touched.add(claim.queue);
        }
        waits.forEach(claim -> touched.add(claim.queue));
        touched.forEach(queue -> settle(queue, context));
    }

    /// Until when the permits of an ended session's claim stay taken; 0 = not at all.
    private static long lingerUntil(Claim claim, EndedSession session, ApplyContext context) {
        boolean held = claim.state() == Claim.State.HELD;
        return switch (session.reason()) {
            case CLOSED -> 0;
            case EXPIRED ->
                held && claim.queue.lockDelayMillis > 0 ? deadlineAfter(claim.queue.lockDelayMillis, context) : 0;
            case EVICTED, WINDOW_EXCEEDED -> held || claim.isBlocking() ? session.grantableAtNanos() : 0;
        };
    }

    /// The replicated time that is surely `millis` or more after now: T may lag behind by one clamp (rule 1).
    static long deadlineAfter(long millis, ApplyContext context) {
        return context.nowNanos()
                + millis * NANOS_PER_MILLI
                + context.settings().getClockClampNanos();
    }

    /// What is in force for a session's client, for a connection that may have missed it.
    List<SessionEvent> currentEvents(long sessionId) {
        List<SessionEvent> events = new ArrayList<>();
        TreeMap<Long, Claim> ofSession = claims.get(sessionId);
        if (ofSession != null) {
            for (Claim claim : ofSession.values()) {
                switch (claim.state()) {
                    case WAITING -> {}
                    case HELD -> events.add(granted(claim));
                    case LOST -> events.add(lost(claim, claim.grantRevision()));
                }
            }
        }
        return events;
    }

    // ---- time

    /// Ends the waits and delays whose time has come, each as a change of its own.
    void onTime(ApplyContext context, ExpiryBudget budget) {
        while (!timers.isEmpty() && timers.first().atNanos() <= context.nowNanos()) {
            if (!budget.takeOne()) {
                return;
            }
            context.nextChange();
            onTimer(timers.first(), context);
        }
        while (!heldBack.isEmpty() && context.nowNanos() >= context.grantsBlockedUntilNanos()) {
            if (!budget.takeOne()) {
                return;
            }
            context.nextChange();
            settle(queue(heldBack.first()), context);
        }
    }

    private void onTimer(Timer timer, ApplyContext context) {
        PermitQueue queue = queue(timer.name());
        Claim claim = queue.claim(timer.state(), timer.number());
        if (claim.state() == Claim.State.WAITING) {
            endWait(claim, context);
        } else {
            extract(claim);
        }
        settle(queue, context);
    }

    boolean anythingCanExpire() {
        return !timers.isEmpty() || !heldBack.isEmpty();
    }

    // ---- indexes

    private PermitQueue queue(String name) {
        PermitQueue queue = queues.get(name);
        if (queue == null) {
            throw new IllegalStateException("no queue " + name);
        }
        return queue;
    }

    private void insert(Claim claim) {
        claim.queue.place(claim);
        records.add(claim);
        Timer timer = timer(claim);
        if (timer != null) {
            timers.add(timer);
        }
    }

    private void extract(Claim claim) {
        claim.queue.displace(claim);
        records.remove(claim);
        Timer timer = timer(claim);
        if (timer != null) {
            timers.remove(timer);
        }
    }

    private void index(Claim claim) {
        Claim same = claims.computeIfAbsent(claim.id.sessionId(), ignored -> new TreeMap<>())
                .put(claim.id.sequence(), claim);
        Invariants.check(same == null, "one claim a request", claim.id.sessionId(), claim.id.sequence());
    }

    private void forget(Claim claim) {
        TreeMap<Long, Claim> ofSession = claims.get(claim.id.sessionId());
        if (ofSession != null) {
            ofSession.remove(claim.id.sequence());
            if (ofSession.isEmpty()) {
                claims.remove(claim.id.sessionId());
            }
        }
    }

    private void noteHeldBack(PermitQueue queue) {
        boolean headFits =
                !queue.waiters().isEmpty() && queue.waiters().firstEntry().getValue().permits <= queue.free();
        if (headFits) {
            heldBack.add(queue.name);
        } else {
            heldBack.remove(queue.name);
        }
    }

    private static @Nullable Timer timer(Claim claim) {
        long at = switch (claim.state()) {
            case WAITING -> claim.waitUntilNanos();
            case HELD -> Claim.NEVER;
            case LOST -> claim.lingerUntilNanos();
        };
        return at == Claim.NEVER ? null : new Timer(at, claim.state(), PermitQueue.number(claim), claim.queue.name);
    }

    // ---- events

    private SessionEvent granted(Claim claim) {
        return SessionEvent.newBuilder()
                .setGranted(event(claim, claim.grantRevision()))
                .build();
    }

    private SessionEvent lost(Claim claim, long revision) {
        Error error = Answers.lost(kind, claim.queue.name, claim.token());
        return SessionEvent.newBuilder()
                .setLost(event(claim, revision).setError(error))
                .build();
    }

    private LockEvent.Builder event(Claim claim, long revision) {
        return LockEvent.newBuilder()
                .setName(claim.queue.name)
                .setElection(kind == OwnershipKind.ELECTION)
                .setWaiter(claim.id.toProto())
                .setToken(claim.token())
                .setRevision(revision);
    }

    // ---- records

    StateDigest digest() {
        return records.digest();
    }

    long stateBytes() {
        return records.bytes();
    }

    void writeTo(RecordSink sink) throws IOException {
        for (PermitQueue queue : queues.values()) {
            records.write(queue, sink);
        }
    }

    /// Takes one record and returns its queue.
    PermitQueue readRecord(byte[] key, byte[] value) {
        try {
            if (OwnershipRecords.isQueue(key)) {
                PermitQueue queue = OwnershipRecords.readQueue(key, value);
                queues.put(queue.name, queue);
                records.add(queue);
                return queue;
            }
            PermitQueue queue = queue(NamedRecords.name(key));
            Claim claim = OwnershipRecords.readClaim(queue, key, value);
            if (claim.lingerUntilNanos() == Claim.NEVER) {
                index(claim);
            }
            insert(claim);
            noteHeldBack(queue);
            return queue;
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException("damaged record of table " + kind.tableId, e);
        }
    }
}
