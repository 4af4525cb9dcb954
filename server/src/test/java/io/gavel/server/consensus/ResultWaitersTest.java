package io.gavel.server.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.Outcome;
import io.gavel.raft.EntryId;
import io.gavel.server.consensus.ApplyInput.AwaitApplied;
import io.gavel.server.consensus.ApplyInput.ExpectedRead;
import io.gavel.server.consensus.ApplyInput.ExpectedRenewal;
import io.gavel.server.consensus.ApplyInput.ExpectedResult;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Rule 8: what a member tells its client when the log decides, and when it does not.
final class ResultWaitersTest {
    private static final CommandResult DONE =
            CommandResult.newBuilder().setRevision(9).build();

    private final ResultWaiters waiters = new ResultWaiters();
    private final List<CommandResult> answers = new ArrayList<>();
    private final List<Error> errors = new ArrayList<>();
    private int reads;

    private ExpectedResult expected(long term, long index) {
        return new ExpectedResult(new EntryId(term, index), 1_000, answers::add);
    }

    private void apply(long term, long index) {
        EntryId id = new EntryId(term, index);
        waiters.onResult(id, DONE);
        waiters.onApplied(id);
    }

    private void assertRefused(Outcome outcome) {
        assertThat(answers)
                .singleElement()
                .satisfies(answer -> assertThat(answer.getError().getOutcome()).isEqualTo(outcome));
    }

    @Test
    void theSameTermAtTheIndexGivesTheResultOnce() {
        waiters.expectResults(List.of(expected(3, 10), expected(3, 12)), 9);
        apply(3, 10);
        apply(3, 11);
        assertThat(answers).containsExactly(DONE);
        apply(3, 12);
        assertThat(answers).containsExactly(DONE, DONE);
        waiters.onLeaderChanged();
        assertThat(answers).hasSize(2);
    }

    @Test
    void anotherTermAtTheIndexMeansNotApplied() {
        waiters.expectResults(List.of(expected(3, 10)), 9);
        apply(4, 10);
        assertRefused(Outcome.NOT_APPLIED);
    }

    @Test
    void aSnapshotPastTheIndexLeavesTheOutcomeUnknown() {
        waiters.expectResults(List.of(expected(3, 10)), 9);
        waiters.onSnapshot(new EntryId(4, 50));
        assertRefused(Outcome.UNKNOWN);
    }

    @Test
    void anIndexThatIsAlreadyAppliedLeavesTheOutcomeUnknown() {
        waiters.expectResults(List.of(expected(3, 10)), 10);
        assertRefused(Outcome.UNKNOWN);
    }

    @Test
    void aChangeOfLeaderAnswersEverybodyButConfirmedReads() {
        waiters.expectResults(List.of(expected(3, 10)), 9);
        waiters.expectRenewals(List.of(new ExpectedRenewal(1, 1_000, errors::add)));
        waiters.awaitApplied(new AwaitApplied(10, List.of(new ExpectedRead(1_000, _ -> reads++))), 9);
        waiters.onLeaderChanged();
        assertRefused(Outcome.UNKNOWN);
        assertThat(errors).hasSize(1);
        assertThat(reads).isZero();
        waiters.releaseReads(10);
        assertThat(reads).isEqualTo(1);
    }

    @Test
    void deadlinesAreKeptWithoutLookingAtTheWaitersInBetween() {
        waiters.expectResults(List.of(expected(3, 10)), 9);
        assertThat(waiters.nextDeadlineNanos()).isEqualTo(1_000);
        assertThat(waiters.expire(999)).isZero();
        assertThat(waiters.expire(1_000)).isEqualTo(1);
        assertThat(answers)
                .singleElement()
                .satisfies(answer -> assertThat(answer.getError().getCode()).isEqualTo(ErrorCode.DEADLINE));
        assertRefused(Outcome.UNKNOWN);
        assertThat(waiters.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aReadWaitsForItsIndex() {
        waiters.awaitApplied(new AwaitApplied(10, List.of(new ExpectedRead(1_000, _ -> reads++))), 10);
        assertThat(reads).isEqualTo(1);
        waiters.awaitApplied(new AwaitApplied(12, List.of(new ExpectedRead(1_000, _ -> reads++))), 10);
        waiters.releaseReads(11);
        assertThat(reads).isEqualTo(1);
        waiters.releaseReads(12);
        assertThat(reads).isEqualTo(2);
    }
}
