package io.gavel.server.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.gavel.raft.EntryId;
import io.gavel.raft.SnapshotMeta;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.agent.Mailbox;
import io.gavel.server.disk.sim.SimDisk;
import io.gavel.server.snapshot.SnapshotFile;
import io.gavel.server.snapshot.SnapshotManifest;
import io.gavel.server.snapshot.SnapshotStore;
import io.gavel.server.storage.ClusterId;
import io.gavel.server.storage.Identity;
import io.gavel.server.transport.SnapshotSink.Offer;
import io.gavel.server.transport.SnapshotSink.Transfer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Files that leaders stream to this member, by a bulk agent that works when the test says so.
final class SnapshotDeskTest {
    private static final SnapshotManifest.Origin ORIGIN =
            new SnapshotManifest.Origin(new ClusterId(1, 2), 3, 4, new SnapshotManifest.Digest(1, 5, 6));

    /// A snapshot as another member holds it.
    private record Sent(SnapshotMeta meta, String manifest, ByteString bytes) {
        Offer offer(int leader, long term) {
            return new Offer(
                    new NodeId(leader), term, meta.lastIncluded(), ByteString.copyFromUtf8(manifest), bytes.size());
        }
    }

    private final SimDisk disk = new SimDisk();
    private final ArrayDeque<Runnable> bulk = new ArrayDeque<>();
    private final List<String> asked = new ArrayList<>();
    private SnapshotStore store;
    private SnapshotDesk desk;

    @BeforeEach
    void open() throws IOException {
        store = SnapshotStore.open(disk);
        desk = new SnapshotDesk(
                store,
                new Identity(new ClusterId(1, 2), new NodeId(3), new MemberUuid(0, 3), 3),
                new SnapshotDesk.Ports(
                        bulk::add,
                        new ConsensusInbox(new Mailbox.Limits(16, 1 << 20), () -> {}),
                        (_, _, _) -> {
                            throw new IllegalStateException("sends nothing");
                        },
                        () -> asked.add("another snapshot"),
                        () -> 0));
    }

    private static Sent snapshot(long index) throws IOException {
        SnapshotStore other = SnapshotStore.open(new SimDisk());
        SnapshotMeta meta = new SnapshotMeta(new EntryId(1, index), Configuration.EMPTY);
        other.take(meta, ORIGIN, sink -> sink.put(new byte[] {1}, new byte[2_000]));
        try (SnapshotFile file = Objects.requireNonNull(other.newest().newest())) {
            ByteBuffer bytes = ByteBuffer.allocate((int) file.length());
            file.read(0, bytes);
            return new Sent(meta, file.manifestHash(), ByteString.copyFrom(bytes.array()));
        }
    }

    private void work() {
        while (!bulk.isEmpty()) {
            bulk.remove().run();
        }
    }

    private void part(Transfer transfer, String name, Sent sent, int from, int to) {
        transfer.onPart(from, sent.bytes().substring(from, to), () -> asked.add(name));
        work();
    }

    private @Nullable String end(Transfer transfer) {
        List<@Nullable String> receipts = new ArrayList<>();
        transfer.onEnd(receipts::add);
        work();
        assertThat(receipts).hasSize(1);
        return receipts.getFirst();
    }

    private void receive(Sent sent, long term) {
        Transfer transfer = Objects.requireNonNull(desk.begin(sent.offer(1, term)));
        part(transfer, "all", sent, 0, sent.bytes().size());
        assertThat(end(transfer)).isNull();
    }

    /// The log may begin where the newest snapshot ends: the one before is of no use for long.
    @Test
    void aDamagedSnapshotIsTakenAnewWhenAPeerNeedsIt() throws IOException {
        receive(snapshot(100), 4);
        receive(snapshot(200), 4);
        asked.clear();
        String newest = "snapshots/" + disk.list("snapshots").getLast();
        disk.flipBit(newest, 100, 3);

        desk.send(new NodeId(1), 4);
        work();

        assertThat(asked).containsExactly("another snapshot");
    }

    @Test
    void theOfferOfANewerTermTakesThePlaceOfWhatADeposedLeaderGoesOnSending() throws IOException {
        Sent first = snapshot(100);
        Sent second = snapshot(200);
        Transfer deposed = Objects.requireNonNull(desk.begin(first.offer(1, 4)));
        part(deposed, "deposed", first, 0, 1_000);

        Transfer newer = Objects.requireNonNull(desk.begin(second.offer(2, 5)));

        part(newer, "newer", second, 0, 1_000);
        part(deposed, "deposed", first, 1_000, first.bytes().size());
        part(newer, "newer", second, 1_000, second.bytes().size());
        assertThat(asked).containsExactly("deposed", "newer", "newer");
        assertThat(end(deposed)).contains("newer term");
        assertThat(end(newer)).isNull();
        assertThat(disk.list("snapshots")).hasSize(1);
        assertThat(store.listed()).containsExactly(second.meta().lastIncluded());
    }

    @Test
    void aTransferHoldsUpOthersOfItsTermAndOfOlderOnesUntilItEnds() throws IOException {
        Sent sent = snapshot(100);
        Transfer running = Objects.requireNonNull(desk.begin(sent.offer(2, 5)));
        assertThat(desk.begin(sent.offer(2, 5))).isNull();
        assertThat(desk.begin(sent.offer(1, 4))).isNull();

        running.onAborted();
        work();

        receive(sent, 5);
    }

    @Test
    void theEndOfWhatWasSupersededDoesNotLetAThirdIn() throws IOException {
        Sent sent = snapshot(100);
        Transfer deposed = Objects.requireNonNull(desk.begin(sent.offer(1, 4)));
        assertThat(desk.begin(sent.offer(2, 5))).isNotNull();

        deposed.onAborted();
        work();

        assertThat(desk.begin(sent.offer(2, 5))).isNull();
    }

    /// Loading one takes a while, and its sender compacts its log meanwhile and sends a newer one.
    @Test
    void theSnapshotThatWasAskedForIsOpenedAlthoughANewerOneArrived() throws IOException {
        Sent first = snapshot(100);
        Sent second = snapshot(200);
        receive(first, 4);
        receive(second, 4);

        assertThat(desk.open(first.meta()).meta()).isEqualTo(first.meta());
        assertThat(desk.open(second.meta()).meta()).isEqualTo(second.meta());
    }
}
