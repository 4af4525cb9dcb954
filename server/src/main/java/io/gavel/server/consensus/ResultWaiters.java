package io.gavel.server.consensus;

import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.Outcome;
import io.gavel.raft.EntryId;
import io.gavel.server.consensus.ApplyInput.AwaitApplied;
import io.gavel.server.consensus.ApplyInput.ExpectedRead;
import io.gavel.server.consensus.ApplyInput.ExpectedRenewal;
import io.gavel.server.consensus.ApplyInput.ExpectedResult;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Clients of this member whose request is in the log, or whose read only waits for the log to be applied.
///
/// Confined to the apply agent. Each callback is called exactly once: by the entry's result, by what took the entry's
/// place, by a change of leader or by the deadline, whichever comes first.
final class ResultWaiters {
    // Entries are proposed, and therefore expected and applied, in ascending order: a queue needs no look-up.
    private final ArrayDeque<ExpectedResult> results = new ArrayDeque<>();
    private final ArrayDeque<WaitingRead> reads = new ArrayDeque<>();
    private final Map<Long, ExpectedRenewal> renewals = new LinkedHashMap<>();
    /// No waiter's deadline is earlier than this.
    private long earliestDeadlineNanos = Long.MAX_VALUE;

    private record WaitingRead(long readIndex, ExpectedRead read) {}

    void expectResults(List<ExpectedResult> expected, long lastApplied) {
        for (ExpectedResult result : expected) {
            ExpectedResult last = results.peekLast();
            boolean inOrder = last == null || last.id().index() < result.id().index();
            if (result.id().index() <= lastApplied || !inOrder) {
                result.done().accept(Answers.result(Answers.skipped()));
            } else {
                results.addLast(result);
                onDeadline(result.deadlineNanos());
            }
        }
    }

    void expectRenewals(List<ExpectedRenewal> expected) {
        for (ExpectedRenewal renewal : expected) {
            renewals.put(renewal.renewalId(), renewal);
            onDeadline(renewal.deadlineNanos());
        }
    }

    void awaitApplied(AwaitApplied await, long lastApplied) {
        for (ExpectedRead read : await.reads()) {
            if (await.readIndex() <= lastApplied) {
                read.done().done(null);
            } else {
                reads.addLast(new WaitingRead(await.readIndex(), read));
                onDeadline(read.deadlineNanos());
            }
        }
    }

    /// The state machine decided the entry.
    void onResult(EntryId id, CommandResult result) {
        ExpectedResult head = results.peekFirst();
        if (head != null && head.id().equals(id)) {
            results.removeFirst();
            head.done().accept(result);
        }
    }

    void onRenewed(long renewalId, @Nullable Error error) {
        ExpectedRenewal renewal = renewals.remove(renewalId);
        if (renewal != null) {
            renewal.done().accept(error);
        }
    }

    /// Everything through `id` took effect; whoever expected another entry at one of these indices was replaced.
    void onApplied(EntryId id) {
        ExpectedResult head = results.peekFirst();
        while (head != null && head.id().index() <= id.index()) {
            results.removeFirst();
            head.done()
                    .accept(Answers.result(head.id().index() == id.index() ? Answers.replaced() : Answers.skipped()));
            head = results.peekFirst();
        }
    }

    /// Lets go the reads that waited for this index.
    void releaseReads(long lastApplied) {
        WaitingRead head = reads.peekFirst();
        while (head != null && head.readIndex() <= lastApplied) {
            reads.removeFirst();
            head.read().done().done(null);
            head = reads.peekFirst();
        }
    }

    /// A snapshot took the place of all entries through `lastIncluded`.
    void onSnapshot(EntryId lastIncluded) {
        ExpectedResult head = results.peekFirst();
        while (head != null && head.id().index() <= lastIncluded.index()) {
            results.removeFirst();
            head.done().accept(Answers.result(Answers.skipped()));
            head = results.peekFirst();
        }
    }

    /// Results and renewals get their answer at once; confirmed reads stay valid.
    void onLeaderChanged() {
        for (ExpectedResult result : results) {
            result.done().accept(Answers.result(Answers.leaderChanged(Outcome.UNKNOWN)));
        }
        results.clear();
        for (ExpectedRenewal renewal : renewals.values()) {
            renewal.done().accept(Answers.leaderChanged(Outcome.UNKNOWN));
        }
        renewals.clear();
    }

    /// When [#expire] must be called at the latest.
    long nextDeadlineNanos() {
        return earliestDeadlineNanos;
    }

    /// Answers those whose deadline has passed; looks at the waiters only when one may be due.
    int expire(long nowNanos) {
        if (nowNanos < earliestDeadlineNanos) {
            return 0;
        }
        earliestDeadlineNanos = Long.MAX_VALUE;
        int expired = 0;
        for (Iterator<ExpectedResult> all = results.iterator(); all.hasNext(); ) {
            ExpectedResult result = all.next();
            if (isDue(result.deadlineNanos(), nowNanos)) {
                all.remove();
                expired++;
                result.done().accept(Answers.result(Answers.deadline(Outcome.UNKNOWN)));
            }
        }
        for (Iterator<WaitingRead> all = reads.iterator(); all.hasNext(); ) {
            WaitingRead read = all.next();
            if (isDue(read.read().deadlineNanos(), nowNanos)) {
                all.remove();
                expired++;
                read.read().done().done(Answers.deadline(Outcome.NOT_APPLIED));
            }
        }
        for (Iterator<ExpectedRenewal> all = renewals.values().iterator(); all.hasNext(); ) {
            ExpectedRenewal renewal = all.next();
            if (isDue(renewal.deadlineNanos(), nowNanos)) {
                all.remove();
                expired++;
                renewal.done().accept(Answers.deadline(Outcome.UNKNOWN));
            }
        }
        return expired;
    }

    private boolean isDue(long deadlineNanos, long nowNanos) {
        if (deadlineNanos <= nowNanos) {
            return true;
        }
        onDeadline(deadlineNanos);
        return false;
    }

    private void onDeadline(long deadlineNanos) {
        earliestDeadlineNanos = Math.min(earliestDeadlineNanos, deadlineNanos);
    }
}
