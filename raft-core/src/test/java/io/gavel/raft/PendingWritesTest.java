package io.gavel.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gavel.raft.check.InvariantViolation;
import io.gavel.raft.quorum.NodeId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PendingWritesTest {
    private static final HardState TERM_2 = new HardState(2, null);

    private final PendingWrites writes = new PendingWrites(HardState.INITIAL, 5);
    private final List<Effect.Send> released = new ArrayList<>();

    @Test
    void aConfirmationReleasesWhatWaitedForIt() {
        Effect.Send reply = new Effect.Send(new NodeId(2), new Message.VoteReply(2, true));
        long write = writes.issue(TERM_2, 7, 0);
        writes.hold(reply);
        long later = writes.issue(TERM_2, 8, 0);

        writes.confirm(write, released::add);

        assertThat(released).containsExactly(reply);
        assertThat(writes.persistedIndex()).isEqualTo(7);
        assertThat(writes.durableHardState()).isEqualTo(TERM_2);
        writes.confirm(later, released::add);
        assertThat(writes.persistedIndex()).isEqualTo(8);
    }

    @Test
    void aWriteThatWasCutOffProvesNothingBeyondTheCut() {
        long write = writes.issue(TERM_2, 9, 0);
        writes.truncateFrom(7);
        long rewrite = writes.issue(TERM_2, 8, 0);

        writes.confirm(write, released::add);
        assertThat(writes.persistedIndex()).isEqualTo(6);

        writes.confirm(rewrite, released::add);
        assertThat(writes.persistedIndex()).isEqualTo(8);
    }

    @Test
    void aSnapshotMakesEarlierWritesMeaningless() {
        long write = writes.issue(TERM_2, 9, 0);
        writes.reset(100);

        writes.confirm(write, released::add);

        assertThat(writes.persistedIndex()).isEqualTo(100);
    }

    @Test
    void anUnknownConfirmationIsABug() {
        assertThatThrownBy(() -> writes.confirm(1, released::add)).isInstanceOf(InvariantViolation.class);
    }
}
