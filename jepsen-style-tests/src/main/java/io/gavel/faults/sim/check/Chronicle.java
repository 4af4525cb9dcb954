package io.gavel.faults.sim.check;

import static io.gavel.faults.sim.check.ViolationException.check;

import com.google.protobuf.InvalidProtocolBufferException;
import io.gavel.faults.history.Event;
import io.gavel.faults.history.History;
import io.gavel.faults.history.Observation;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.server.state.Published;
import io.gavel.server.state.StateMachine;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What the replicated state does, in the order of the log: judged and told by whichever member applies an entry first;
/// every other member must come to the same.
///
/// Everything that is judged is read from the state by its own queries, never taken from what clients believe.
public final class Chronicle {
    private static final int DIGEST_EVERY = 64;

    /// The clients, as far as the state concerns them.
    public interface Clients {
        /// Somebody else holds the lock from now on.
        void onGranted(String lock);

        /// Revisions below this one are no longer readable on some member.
        void onCompacted(long oldestRevision);

        /// Whether a client waits for an answer in this session.
        boolean hasRequestInFlight(long session);
    }

    private record Answered(long index, CommandResult result) {}

    private final RaftLedger raft;
    private final Reached reached;
    private final History history;
    private final Clients clients;
    private final LeaseLedger leases;
    private final QueueLedger queues;
    private final TreeMap<Long, CommandResult> results = new TreeMap<>();
    private final Map<String, Answered> answered = new HashMap<>();
    private final Map<Integer, Long> restoredAt = new HashMap<>();
    private final Map<Integer, Long> at = new HashMap<>();
    private StateView newest = new StateView(
            new Published(EntryId.ZERO, 0, 0, 0, 1, false, false, 0),
            Collections.emptySortedMap(),
            Collections.emptySortedMap());
    private int teller;
    private long nowNanos;

    /// @param raft knows the entries
    public Chronicle(RaftLedger raft, Reached reached, History history, Clients clients) {
        this.raft = raft;
        this.reached = reached;
        this.history = history;
        this.clients = clients;
        this.leases = new LeaseLedger(reached);
        this.queues = new QueueLedger(reached, this::tell);
    }

    private void tell(Observation observation) {
        history.add(Event.at(nowNanos, -teller, observation));
        if (observation instanceof Observation.QueueGranted granted) {
            clients.onGranted(granted.lock());
        }
    }

    /// Replicated time, as far as any member has come.
    public long replicatedTimeNanos() {
        return newest.nowNanos();
    }

    /// What is held, as far as any member has come: names of locks and elections.
    public List<String> held() {
        List<String> held = new ArrayList<>();
        newest.queues().forEach((name, queue) -> {
            if (!queue.holders().isEmpty()) {
                held.add(name + " by " + queue.holders());
            }
        });
        return held;
    }

    /// Somebody writes an entry into its journal.
    public void onAppended(EntryId id, long atNanos) {
        leases.onAppended(id, atNanos);
    }

    /// The member's state is that of a snapshot.
    public void onRestored(int node, long index) {
        restoredAt.put(node, index);
    }

    /// A member applied a command entry; its effects are visible.
    public void onEntry(int node, EntryId id, CommandResult result, StateMachine machine, long atNanos) {
        at.put(node, id.index());
        if (id.index() % DIGEST_EVERY == 0) {
            history.add(Event.at(
                    atNanos,
                    -node,
                    new Observation.StateDigest(id.index(), machine.digest().toString())));
        }
        CommandResult first = results.putIfAbsent(id.index(), result);
        check(
                first == null || first.equals(result),
                "I13",
                () -> "member " + node + " answers " + id + " with " + result + ", another member with " + first);
        Entry entry = raft.entry(id);
        check(entry != null, "I6", () -> "member " + node + " applied " + id + ", which nobody ever wrote");
        if (entry == null) {
            return;
        }
        try {
            StateView after = id.index() > newest.index() ? StateView.of(machine) : newest;
            AppliedEntry applied = AppliedEntry.of(entry, result, new AppliedEntry.Step(newest, after), atNanos);
            Answered before = answered.get(applied.request());
            if (before != null && before.index() < id.index()) {
                boolean known = restoredAt.getOrDefault(node, 0L) >= before.index();
                if (known && !isRefused(result)) {
                    reached.hit(Goal.REPEAT_AFTER_RESTORE);
                }
            }
            if (first == null) {
                teller = node;
                nowNanos = atNanos;
                newest = after;
                judge(applied, before, machine);
            }
        } catch (InvalidProtocolBufferException unreadable) {
            throw new ViolationException("I6", "entry " + id + " cannot be read", unreadable);
        }
    }

    private void judge(AppliedEntry entry, @Nullable Answered before, StateMachine machine) {
        if (entry.stamp().hasSession()) {
            checkOnce(entry, before);
        }
        Map<Long, LeaseLedger.Removed> ended = new TreeMap<>();
        for (LeaseLedger.Removed removed : leases.onEntry(entry, machine.settings())) {
            ended.put(removed.session(), removed);
            tell(new Observation.SessionRemoved(
                    removed.session(), removed.reason(), entry.id().index()));
            if (removed.reason() == Observation.Reason.EXPIRED && clients.hasRequestInFlight(removed.session())) {
                reached.hit(Goal.EXPIRED_IN_FLIGHT);
            }
        }
        if (before == null) {
            queues.checkGuards(entry, leases);
        }
        queues.onEntry(entry, leases, ended);
    }

    /// I20: a request that comes again is answered as before, or that it is too late to say, and changes nothing.
    private void checkOnce(AppliedEntry entry, @Nullable Answered before) {
        if (before == null) {
            if (!isRefused(entry.result())) {
                answered.put(entry.request(), new Answered(entry.id().index(), entry.result()));
            }
            return;
        }
        check(
                isRefused(entry.result()) || entry.result().equals(before.result()),
                "I20",
                () -> "request " + entry.request() + " is answered " + before.result() + " at index " + before.index()
                        + " and " + entry.result() + " at " + entry.id());
        check(
                entry.before().published().revision()
                        == entry.after().published().revision(),
                "I20",
                () -> "request " + entry.request() + " takes effect at index " + before.index() + " and at "
                        + entry.id());
    }

    /// Whether the session table refused it, which says nothing about the request.
    private static boolean isRefused(CommandResult result) {
        ErrorCode code = result.getError().getCode();
        return code == ErrorCode.SESSION_EXPIRED || code == ErrorCode.ALREADY_ACKNOWLEDGED;
    }

    private boolean tellsNewest(int node) {
        return at.getOrDefault(node, 0L) == newest.index();
    }

    /// A member tells what became of a renewal.
    public void onRenewed(int node, long session, @Nullable Error error) {
        if (tellsNewest(node)) {
            check(
                    (error == null) == leases.isRenewed(session),
                    "I22",
                    () -> "member " + node + (error == null ? " renews session " : " refuses to renew session ")
                            + session
                            + " at index " + newest.index() + " with " + leases.deadlineNanos(session)
                            + " as its deadline");
        }
    }

    /// A member tells a client what concerns its session.
    public void onSessionEvent(int node, long session, SessionEvent event) {
        if (event.hasGranted()) {
            checkGrantee(node, session, event.getGranted().getName());
        }
    }

    /// Somebody is told that this session holds: it must be alive, and was so when it was granted.
    public void checkGrantee(int node, long session, String name) {
        check(
                !tellsNewest(node) || leases.deadlineNanos(session) > newest.nowNanos(),
                "I22",
                () -> "member " + node + " tells at index " + newest.index() + " that session " + session
                        + " was granted " + name + ", but it is dead");
    }
}
