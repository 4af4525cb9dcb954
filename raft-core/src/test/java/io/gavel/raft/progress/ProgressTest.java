package io.gavel.raft.progress;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.raft.progress.PendingReads.Read;
import io.gavel.raft.progress.Progress.Probe;
import io.gavel.raft.progress.Progress.Replicate;
import io.gavel.raft.progress.Progress.SnapshotTransfer;
import io.gavel.raft.quorum.NodeId;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private static final long TIMEOUT = 100;

    private final Progress progress = new Progress(11, new Inflights(2, 1_000), TIMEOUT, 0);

    @Test
    void anAnswerToTheProbeOpensThePipeline() {
        progress.probeSent();
        progress.onMatch(9, 10, 0);
        assertThat(progress.state()).isEqualTo(new Probe(true, 0));

        progress.onMatch(10, 10, 0);

        assertThat(progress.state()).isEqualTo(new Replicate());
        assertThat(progress.nextIndex()).isEqualTo(11);
    }

    @Test
    void theWindowClosesByMessagesAndByBytes() {
        progress.onMatch(10, 20, 0);
        progress.sent(11, 10, 0);
        assertThat(progress.inflights().isFull()).isFalse();
        progress.sent(12, 10, 0);
        assertThat(progress.inflights().isFull()).isTrue();

        progress.onMatch(12, 20, 0);
        progress.sent(13, 5_000, 0);

        assertThat(progress.inflights().isFull()).isTrue();
    }

    @Test
    void appendsWithoutAnAnswerAreSentAgain() {
        progress.onMatch(10, 20, 0);
        progress.sent(15, 10, 0);
        assertThat(progress.isStuck(TIMEOUT)).isFalse();
        assertThat(progress.isStuck(TIMEOUT + 1)).isTrue();

        progress.becomeProbe();

        assertThat(progress.nextIndex()).isEqualTo(11);
    }

    @Test
    void onlyARestartLetsTheMatchFall() {
        progress.onMatch(10, 20, 0);
        progress.onMatch(4, 20, 0);
        assertThat(progress.matchIndex()).isEqualTo(10);

        progress.restarted(20);

        assertThat(progress.matchIndex()).isZero();
        assertThat(progress.nextIndex()).isEqualTo(21);
    }

    @Test
    void aTransferEndsInAProbeAfterTheSnapshot() {
        progress.becomeSnapshotTransfer(50);
        progress.onMatch(3, 60, 0);
        assertThat(progress.state()).isEqualTo(new SnapshotTransfer(50));

        progress.snapshotEnded(50);
        assertThat(progress.nextIndex()).isEqualTo(51);
        progress.onMatch(50, 60, 0);

        assertThat(progress.state()).isEqualTo(new Replicate());
    }

    @Test
    void aLearnerIsCaughtUpAfterAShortRound() {
        progress.onMatch(11, 30, TIMEOUT + 50);
        assertThat(progress.isWithinOneRound(30, TIMEOUT + 50)).isFalse();

        progress.onMatch(30, 40, TIMEOUT + 60);

        assertThat(progress.isWithinOneRound(40, TIMEOUT + 60)).isTrue();
        assertThat(progress.isWithinOneRound(40, 3 * TIMEOUT)).isFalse();
    }

    @Test
    void aReadIsConfirmedByItsOwnRoundOnly() {
        PendingReads reads = new PendingReads(2);
        reads.openRound();
        assertThat(reads.offer(new Read(new NodeId(1), 7))).isTrue();
        long round = reads.openRound(42);
        assertThat(reads.confirmThrough(round - 1)).isEmpty();

        assertThat(reads.confirmThrough(round)).singleElement().satisfies(confirmed -> {
            assertThat(confirmed.readIndex()).isEqualTo(42);
            assertThat(confirmed.reads()).containsExactly(new Read(new NodeId(1), 7));
        });
        assertThat(reads.confirmThrough(round)).isEmpty();
    }

    @Test
    void readsAreBounded() {
        ForwardedReads reads = new ForwardedReads(2, 100);
        assertThat(reads.offer(1)).isTrue();
        assertThat(reads.offer(2)).isTrue();
        assertThat(reads.offer(3)).isFalse();
        long token = reads.ask(10);
        assertThat(reads.answered(token - 1)).isEmpty();

        assertThat(reads.removeExpired(10)).containsExactly(1L, 2L);

        assertThat(reads.answered(token)).isEmpty();
        assertThat(reads.offer(3)).isTrue();
    }
}
