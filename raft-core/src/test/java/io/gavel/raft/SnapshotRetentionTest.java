package io.gavel.raft;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// What a leader keeps of its log for a peer that receives a snapshot (rule 14).
class SnapshotRetentionTest {
    private static final int LARGE = 300_000;

    private final CoreFixture fixture = new CoreFixture(CoreFixture::smallConfig);

    private void write() {
        fixture.step(1, new Event.Propose(1, Payload.wrap(new byte[LARGE])));
        fixture.run("settle");
    }

    private long snapshotsSent() {
        return fixture.trace().stream()
                .filter(line -> line.startsWith("  1 -> 3 snapshot"))
                .count();
    }

    /// Member 3 is far behind; the file of a snapshot has reached it, and the word to load it is on its way.
    private void sendSnapshotTo3() {
        fixture.run("cluster 3", "timeout 1", "settle", "crash 3");
        write();
        fixture.run("elapse 1 500", "settle", "elapse 1 700", "settle");
        write();
        fixture.run("snapshot 1", "restart 3", "elapse 1 100", "settle", "elapse 1 100");
        assertThat(snapshotsSent()).isEqualTo(1);
        fixture.run("hold 1 3", "settle");
    }

    @Test
    void theLogAfterASnapshotThatIsBeingLoadedIsKept() {
        sendSnapshotTo3();
        write();

        fixture.run("snapshot 1", "elapse 1 200", "settle", "deliver 1 3", "heal", "settle", "elapse 1 100", "settle");

        assertThat(fixture.status(3).lastApplied()).isEqualTo(fixture.status(1).lastApplied());
        assertThat(snapshotsSent()).isEqualTo(1);
    }

    @Test
    void theLogIsGivenUpWhenThePeerHasGoneOn() {
        sendSnapshotTo3();
        write();
        fixture.run("snapshot 1", "deliver 1 3", "heal", "settle", "elapse 1 100", "settle");

        write();
        fixture.run("snapshot 1");

        assertThat(fixture.trace().getLast()).isEqualTo("  1 compact through=1:5");
    }

    @Test
    void aPeerThatLostWhatItReceivedIsSentAnotherSnapshot() {
        sendSnapshotTo3();
        write();

        fixture.run("drop 1 3", "heal", "snapshot 1", "elapse 1 100", "settle", "elapse 1 100", "settle");
        fixture.run("elapse 1 100", "settle");

        assertThat(snapshotsSent()).isEqualTo(2);
        assertThat(fixture.status(3).lastApplied()).isEqualTo(fixture.status(1).lastApplied());
    }
}
