package io.gavel.server.consensus;

import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.Outcome;
import io.gavel.raft.EntryId;
import io.gavel.raft.RejectReason;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.consensus.ApplyInput.ExpectedResult;
import io.gavel.server.leader.LeaderDuties;
import io.gavel.server.transport.PeerMessage.ControlRequest;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Requests that wait for the core's or the leader's answer, by correlation number. Confined to the consensus agent.
///
/// Once a command has its [EntryId] it leaves for [ResultWaiters] on the apply agent. A change of leader answers all
/// who are here: what was forwarded may or may not be in the log, what was only asked of the core is not (rule 8).
final class ClientWaiters {
    /// Who waits for the answer to one correlation number.
    sealed interface Waiter {
        /// A command of a client of this member, proposed here.
        record Local(ClientRequest.Propose request) implements Waiter {}

        /// A command that another member forwarded.
        record Remote(NodeId from, long requestId) implements Waiter {}

        /// An entry of the leader's own.
        record Own(LeaderDuties.Duty duty) implements Waiter {}

        /// This member's announcement; repeated until it is applied, so that nobody waits for this one for long.
        record Announcement(long deadlineNanos) implements Waiter {}

        /// Reads that share one read round.
        record Reads(List<ClientRequest.Read> reads) implements Waiter {}

        /// A membership change; `entry` is its first entry once the core has said which.
        record Change(@Nullable EntryId entry, long deadlineNanos, Consumer<@Nullable Error> done) implements Waiter {}

        /// A transfer of leadership; `to` is null when any other member will do.
        record Transfer(@Nullable NodeId to, long deadlineNanos, Consumer<@Nullable Error> done) implements Waiter {}

        /// A command on its way to the leader.
        record Forwarded(ClientRequest.Propose request) implements Waiter {}

        /// An operator's step on its way to the leader.
        record ForwardedControl(ClientRequest.Control request) implements Waiter {}
    }

    private final Map<Long, Waiter> waiters = new LinkedHashMap<>();
    private long lastId;
    private long earliestDeadlineNanos = Long.MAX_VALUE;

    /// Registers a waiter under a new correlation number.
    long add(Waiter waiter) {
        long id = nextId();
        put(id, waiter);
        return id;
    }

    long nextId() {
        return ++lastId;
    }

    void put(long id, Waiter waiter) {
        waiters.put(id, waiter);
        earliestDeadlineNanos = Math.min(earliestDeadlineNanos, deadlineOf(waiter));
    }

    @Nullable
    Waiter remove(long id) {
        return waiters.remove(id);
    }

    /// A configuration is committed: changes that led to it are done.
    void onConfigurationCommitted(long index, Configuration configuration) {
        if (configuration.isJoint()) {
            return;
        }
        for (Waiter waiter : removeIf(waiter -> waiter instanceof Waiter.Change change
                && change.entry() != null
                && change.entry().index() <= index)) {
            if (waiter instanceof Waiter.Change change) {
                change.done().accept(null);
            }
        }
    }

    /// Answers everybody, except those who wait for just such a change until a leader is known. The old leader's word
    /// on an operator's step may still be on its way.
    void onLeaderChanged(@Nullable NodeId leader, NodeId self) {
        for (Waiter waiter : removeIf(waiter -> leader != null || !outlivesItsLeader(waiter))) {
            Outcome outcome = outcomeOf(waiter);
            switch (waiter) {
                case Waiter.Transfer transfer
                when self.equals(leader) ->
                    transfer.done().accept(Answers.rejected(RejectReason.TRANSFER_FAILED, leader));
                case Waiter.Transfer(NodeId to, long _, Consumer<@Nullable Error> done) ->
                    done.accept(to == null || to.equals(leader) ? null : Answers.leaderChanged(outcome));
                case Waiter.ForwardedControl(ClientRequest.Control control)
                when control.request() instanceof ControlRequest.TransferLeadership(NodeId to) ->
                    control.done().accept(to == null || to.equals(leader) ? null : Answers.leaderChanged(outcome));
                case Waiter other -> answer(other, Answers.leaderChanged(outcome));
            }
        }
    }

    private static boolean outlivesItsLeader(Waiter waiter) {
        return waiter instanceof Waiter.Transfer || waiter instanceof Waiter.ForwardedControl;
    }

    /// Answers those whose deadline has passed.
    int expire(long nowNanos) {
        if (nowNanos < earliestDeadlineNanos) {
            return 0;
        }
        List<Waiter> expired = new ArrayList<>();
        for (Waiter waiter : waiters.values()) {
            if (waiter instanceof Waiter.Reads reads) {
                splitOffDue(reads, nowNanos, expired);
            }
        }
        expired.addAll(removeIf(waiter -> deadlineOf(waiter) <= nowNanos));
        earliestDeadlineNanos = Long.MAX_VALUE;
        for (Waiter waiter : waiters.values()) {
            earliestDeadlineNanos = Math.min(earliestDeadlineNanos, deadlineOf(waiter));
        }
        for (Waiter waiter : expired) {
            answer(waiter, Answers.deadline(outcomeOf(waiter)));
        }
        return expired.size();
    }

    /// Reads share a round but not a deadline.
    private static void splitOffDue(Waiter.Reads reads, long nowNanos, List<Waiter> expired) {
        List<ClientRequest.Read> due = new ArrayList<>();
        reads.reads().removeIf(read -> {
            boolean isDue = read.deadlineNanos() <= nowNanos;
            if (isDue) {
                due.add(read);
            }
            return isDue;
        });
        if (!due.isEmpty()) {
            expired.add(new Waiter.Reads(due));
        }
    }

    long nextDeadlineNanos() {
        return earliestDeadlineNanos;
    }

    /// Gives a client that waits for the core the reason of a refusal; other members and duties are the caller's.
    static void answer(Waiter waiter, Error error) {
        switch (waiter) {
            case Waiter.Local local -> local.request().done().accept(Answers.result(error));
            case Waiter.Forwarded forwarded -> forwarded.request().done().accept(Answers.result(error));
            case Waiter.Reads reads -> {
                for (ClientRequest.Read read : reads.reads()) {
                    read.done().done(error);
                }
            }
            case Waiter.Change change -> change.done().accept(error);
            case Waiter.Transfer transfer -> transfer.done().accept(error);
            case Waiter.ForwardedControl control -> control.request().done().accept(error);
            case Waiter.Remote _, Waiter.Own _, Waiter.Announcement _ -> {}
        }
    }

    static ExpectedResult expected(EntryId id, ClientRequest.Propose request) {
        return new ExpectedResult(id, request.deadlineNanos(), request.done());
    }

    private List<Waiter> removeIf(Predicate<Waiter> condition) {
        List<Waiter> removed = new ArrayList<>();
        for (Iterator<Waiter> all = waiters.values().iterator(); all.hasNext(); ) {
            Waiter waiter = all.next();
            if (condition.test(waiter)) {
                all.remove();
                removed.add(waiter);
            }
        }
        return removed;
    }

    private static Outcome outcomeOf(Waiter waiter) {
        return switch (waiter) {
            case Waiter.Forwarded _, Waiter.ForwardedControl _, Waiter.Change _, Waiter.Transfer _, Waiter.Local _ ->
                Outcome.UNKNOWN;
            case Waiter.Reads _, Waiter.Remote _, Waiter.Own _, Waiter.Announcement _ -> Outcome.NOT_APPLIED;
        };
    }

    private static long deadlineOf(Waiter waiter) {
        return switch (waiter) {
            case Waiter.Forwarded forwarded -> forwarded.request().deadlineNanos();
            case Waiter.Reads reads -> {
                long earliest = Long.MAX_VALUE;
                for (ClientRequest.Read read : reads.reads()) {
                    earliest = Math.min(earliest, read.deadlineNanos());
                }
                yield earliest;
            }
            case Waiter.Change change -> change.deadlineNanos();
            case Waiter.Transfer transfer -> transfer.deadlineNanos();
            case Waiter.ForwardedControl control -> control.request().deadlineNanos();
            case Waiter.Announcement announcement -> announcement.deadlineNanos();
            // The core answers these within the turn.
            case Waiter.Local _, Waiter.Remote _, Waiter.Own _ -> Long.MAX_VALUE;
        };
    }
}
