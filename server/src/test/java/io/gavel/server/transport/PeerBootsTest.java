package io.gavel.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.raft.quorum.MemberUuid;
import io.gavel.server.storage.PeerBoot;
import io.gavel.server.transport.PeerBoots.Claim;
import io.gavel.server.transport.PeerBoots.Verdict;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Rule 21: which start of a peer may be talked to.
final class PeerBootsTest {
    private static final MemberUuid PEER = new MemberUuid(1, 2);

    private final List<PeerBoot> recorded = new ArrayList<>();
    private boolean journalIsFull;
    private PeerBoots boots = new PeerBoots(List.of(), this::record);

    private boolean record(PeerBoot boot) {
        return !journalIsFull && recorded.add(boot);
    }

    /// A start of the disk on which each start has ten times its number as its nonce, but for the newest ones.
    private static PeerIdentity.Start start(long count, long persisted, Long... newest) {
        List<Long> nonces = new ArrayList<>(List.of(newest));
        for (long earlier = count - newest.length; earlier > 0; earlier--) {
            nonces.add(10 * earlier);
        }
        return new PeerIdentity.Start(count, nonces, persisted);
    }

    private Verdict hello(long count, long nonce, long persisted) {
        return boots.onHello(PEER, new Claim(start(count, persisted, nonce), false));
    }

    private Verdict helloOfARepairing(long count, long nonce, long persisted) {
        return boots.onHello(PEER, new Claim(start(count, persisted, nonce), true));
    }

    private void restartHere() {
        boots = new PeerBoots(List.of(recorded.getLast()), this::record);
    }

    @Test
    void theFirstStartIsRecordedAndKnownFromThenOn() {
        assertThat(hello(1, 10, 0)).isEqualTo(Verdict.FIRST);
        assertThat(hello(1, 10, 0)).isEqualTo(Verdict.SAME);
        assertThat(recorded).containsExactly(new PeerBoot(PEER, 1, 10, 0));
        restartHere();
        assertThat(hello(1, 10, 0)).isEqualTo(Verdict.SAME);
        assertThat(boots.isCurrent(PEER, 10)).isTrue();
    }

    @Test
    void aStartForWhichTheJournalHadNoRoomIsRecordedWithTheNextThatIsHeardOfThePeer() {
        hello(1, 10, 0);
        journalIsFull = true;
        assertThat(hello(2, 20, 0)).isEqualTo(Verdict.NEWER);
        assertThat(boots.isCurrent(PEER, 20)).isTrue();
        journalIsFull = false;
        assertThat(boots.isCurrent(PEER, 20)).isTrue();
        assertThat(boots.isCurrent(PEER, 20)).isTrue();
        assertThat(recorded).as("once").containsExactly(new PeerBoot(PEER, 1, 10, 0), new PeerBoot(PEER, 2, 20, 0));
        restartHere();
        assertThat(hello(1, 10, 0)).isEqualTo(Verdict.ROLLED_BACK);
    }

    @Test
    void aStartForWhichTheJournalHadNoRoomIsRecordedWhenItSaysHelloAgain() {
        journalIsFull = true;
        assertThat(hello(2, 20, 0)).isEqualTo(Verdict.FIRST);
        journalIsFull = false;
        assertThat(hello(2, 20, 0)).isEqualTo(Verdict.SAME);
        assertThat(recorded).containsExactly(new PeerBoot(PEER, 2, 20, 0));
    }

    @Test
    void anOlderOrEquallyCountedStartIsACopyOfItsDisk() {
        hello(5, 50, 0);
        assertThat(hello(4, 40, 1_000)).isEqualTo(Verdict.ROLLED_BACK);
        assertThat(hello(5, 51, 1_000)).isEqualTo(Verdict.ROLLED_BACK);
        assertThat(helloOfARepairing(5, 51, 1_000))
                .as("its votes may be gone as well")
                .isEqualTo(Verdict.ROLLED_BACK);
        assertThat(boots.isCurrent(PEER, 50)).isTrue();
    }

    @Test
    void aCopyStaysOneHoweverOftenItStarts() {
        hello(4, 40, 0);
        hello(5, 50, 0);
        assertThat(boots.onHello(PEER, new Claim(start(5, 1_000, 51L), false))).isEqualTo(Verdict.ROLLED_BACK);
        assertThat(boots.onHello(PEER, new Claim(start(6, 1_000, 61L, 51L), false)))
                .isEqualTo(Verdict.ROLLED_BACK);
        assertThat(boots.onHello(PEER, new Claim(start(9, 1_000, 91L, 81L, 71L, 61L, 51L), true)))
                .isEqualTo(Verdict.ROLLED_BACK);
        assertThat(hello(9, 90, 1_000)).as("the disk that did not go back").isEqualTo(Verdict.NEWER);
    }

    @Test
    void aStartThatIsForgottenIsNotHeldAgainstThePeer() {
        hello(5, 50, 0);
        List<Long> newest = List.of(2_000L, 1_990L);
        assertThat(boots.onHello(PEER, new Claim(new PeerIdentity.Start(200, newest, 0), false)))
                .isEqualTo(Verdict.NEWER);
    }

    @Test
    void aNewerStartMustHoldWhatWasAcknowledged() {
        hello(1, 10, 0);
        boots.acknowledged(PEER, 100, false);

        assertThat(hello(2, 20, 99)).isEqualTo(Verdict.LOST_ENTRIES);
        assertThat(hello(2, 20, 99)).as("asking again does not help").isEqualTo(Verdict.LOST_ENTRIES);
        assertThat(boots.isCurrent(PEER, 20)).isFalse();
        assertThat(boots.acknowledgedIndex(PEER)).isEqualTo(100);
        assertThat(hello(2, 20, 100)).isEqualTo(Verdict.NEWER);
    }

    @Test
    void aRepairingStartIsLetInAndWatchedAgainAfterwards() {
        hello(1, 10, 0);
        boots.acknowledged(PEER, 100, false);

        assertThat(helloOfARepairing(2, 20, 99)).isEqualTo(Verdict.NEWER);
        assertThat(hello(3, 30, 99)).as("it never got that far").isEqualTo(Verdict.LOST_ENTRIES);
        assertThat(hello(3, 30, 100)).isEqualTo(Verdict.NEWER);
    }

    @Test
    void whatWasAcknowledgedOutlivesThisMember() {
        hello(1, 10, 0);
        boots.acknowledged(PEER, 100, true);
        boots.acknowledged(PEER, 150, false);
        boots.acknowledged(PEER, 40, true);
        assertThat(recorded).endsWith(new PeerBoot(PEER, 1, 10, 100), new PeerBoot(PEER, 1, 10, 150));
        restartHere();

        assertThat(hello(2, 20, 149)).isEqualTo(Verdict.LOST_ENTRIES);
        assertThat(hello(2, 20, 150)).isEqualTo(Verdict.NEWER);
        assertThat(recorded).endsWith(new PeerBoot(PEER, 2, 20, 150));
    }

    @Test
    void nothingNewIsNotWritten() {
        hello(1, 10, 0);
        boots.acknowledged(PEER, 100, true);
        int writes = recorded.size();
        boots.acknowledged(PEER, 100, true);
        boots.acknowledged(new MemberUuid(9, 9), 100, true);
        assertThat(recorded).hasSize(writes);
    }
}
