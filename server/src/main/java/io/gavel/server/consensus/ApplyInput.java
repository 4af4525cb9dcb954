package io.gavel.server.consensus;

import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.raft.Effect;
import io.gavel.raft.EntryId;
import io.gavel.server.api.ReadDone;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What the consensus agent hands to the apply agent, in order. An expectation comes before the entry it is about.
sealed interface ApplyInput {
    /// Carry out an effect of the core.
    record Work(Effect.ForApply effect) implements ApplyInput {}

    /// These entries belong to waiting clients, in ascending order.
    record ExpectResults(List<ExpectedResult> expected) implements ApplyInput {}

    record ExpectedResult(EntryId id, long deadlineNanos, Consumer<CommandResult> done) {}

    /// These renewals were sent on their way.
    record ExpectRenewals(List<ExpectedRenewal> expected) implements ApplyInput {}

    record ExpectedRenewal(long renewalId, long deadlineNanos, Consumer<@Nullable Error> done) {}

    /// These reads were confirmed and wait until `readIndex` is applied.
    record AwaitApplied(long readIndex, List<ExpectedRead> reads) implements ApplyInput {}

    record ExpectedRead(long deadlineNanos, ReadDone done) {}

    /// The leader changed: whoever waits for an entry is told that its fate is unknown (rule 8).
    record LeaderChanged() implements ApplyInput {}
}
