package io.gavel.server.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.raft.EntryId;
import io.gavel.raft.Event;
import io.gavel.raft.Message;
import io.gavel.raft.SnapshotMeta;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.agent.Mailbox;
import io.gavel.server.transport.PeerListener;
import io.gavel.server.transport.PeerMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What overtakes what on the way to the core. The report of applied entries goes around the queue of completions.
final class ConsensusInboxTest {
    private final ConsensusInbox inbox = new ConsensusInbox(new Mailbox.Limits(16, 1 << 20), () -> {});

    @Test
    void aSnapshotIsNotHeardOfBeforeWhatItHolds() {
        inbox.applied(7);
        inbox.complete(new Event.SnapshotTaken(snapshot(6)));

        assertThat(drained())
                .containsExactly(new Event.Applied(6), new Event.SnapshotTaken(snapshot(6)), new Event.Applied(7));
    }

    @Test
    void whatIsAppliedAfterAnInstalledSnapshotIsNotHeardOfBeforeIt() {
        inbox.complete(new Event.SnapshotInstalled(snapshot(20)));
        inbox.applied(21);

        assertThat(drained()).containsExactly(new Event.SnapshotInstalled(snapshot(20)), new Event.Applied(21));
    }

    @Test
    void anOlderSnapshotDoesNotTakeTheReportBack() {
        inbox.applied(9);
        assertThat(drained()).containsExactly(new Event.Applied(9));

        inbox.complete(new Event.SnapshotTaken(snapshot(8)));

        assertThat(drained()).containsExactly(new Event.SnapshotTaken(snapshot(8)));
    }

    /// The apply agent installs one snapshot after another while the consensus agent looks all the time.
    @Test
    @Timeout(60)
    void noReportOvertakesAnInstalledSnapshotOnItsWayAroundTheQueue() throws InterruptedException {
        int snapshots = 50_000;
        AtomicLong installed = new AtomicLong();
        List<Long> overtaken = new ArrayList<>();
        Thread apply = new Thread(() -> {
            for (int index = 1; index <= snapshots; index++) {
                inbox.complete(new Event.SnapshotInstalled(snapshot(index)));
                inbox.applied(index);
                while (installed.get() < index) {
                    Thread.onSpinWait();
                }
            }
        });
        apply.start();
        while (installed.get() < snapshots) {
            inbox.drainEvents(event -> {
                if (event instanceof Event.SnapshotInstalled(SnapshotMeta meta)) {
                    installed.set(meta.lastIncluded().index());
                } else if (event instanceof Event.Applied(long index) && index > installed.get()) {
                    overtaken.add(index);
                }
            });
        }
        apply.join();

        assertThat(overtaken).isEmpty();
    }

    /// The news of a peer's start overtakes what the peer sent before it; an acknowledgement that was counted after the
    /// news would never be taken back.
    @Test
    void whatAPeerSentBeforeItStartedAgainIsDroppedThoughItWaitedHere() {
        AtomicBoolean heard = new AtomicBoolean(true);
        PeerListener.Sender peer = new PeerListener.Sender() {
            @Override
            public NodeId id() {
                return new NodeId(2);
            }

            @Override
            public boolean isHeard(PeerMessage message) {
                return heard.get();
            }
        };
        PeerMessage acknowledgement =
                new PeerMessage.Consensus(new Message.AppendEntriesReply(3, true, new EntryId(3, 9), 0));
        List<PeerMessage> counted = new ArrayList<>();
        assertThat(inbox.onMessage(peer, acknowledgement)).isTrue();
        inbox.drainPeers(input -> counted.add(input.message()));
        assertThat(inbox.onMessage(peer, acknowledgement)).isTrue();

        heard.set(false);
        inbox.onRestarted(peer.id());

        assertThat(drained()).containsExactly(new Event.PeerRestarted(peer.id()));
        assertThat(inbox.drainPeers(input -> counted.add(input.message()))).isEqualTo(1);
        assertThat(counted).hasSize(1);
    }

    private List<Event> drained() {
        List<Event> events = new ArrayList<>();
        assertThat(inbox.drainEvents(events::add)).isPositive();
        return events;
    }

    private static SnapshotMeta snapshot(long index) {
        return new SnapshotMeta(new EntryId(1, index), Configuration.EMPTY);
    }
}
