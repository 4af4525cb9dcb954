package io.gavel.server.consensus;

import com.google.protobuf.ByteString;
import io.gavel.raft.EntryId;
import io.gavel.raft.Event;
import io.gavel.raft.Message;
import io.gavel.raft.SnapshotMeta;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.agent.ExitCode;
import io.gavel.server.agent.HaltException;
import io.gavel.server.agent.NanoClock;
import io.gavel.server.disk.DiskFullException;
import io.gavel.server.snapshot.SnapshotFile;
import io.gavel.server.snapshot.SnapshotManifest;
import io.gavel.server.snapshot.SnapshotStore;
import io.gavel.server.state.SnapshotCut;
import io.gavel.server.state.table.DigestValue;
import io.gavel.server.state.table.StateDigest;
import io.gavel.server.storage.CorruptStorageException;
import io.gavel.server.storage.Identity;
import io.gavel.server.transport.PeerMessage;
import io.gavel.server.transport.PeerTransport;
import io.gavel.server.transport.SnapshotSending;
import io.gavel.server.transport.SnapshotSink;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes snapshots, sends them to peers that are too far behind, and receives them. Everything slow happens in tasks
/// of the bulk agent; the methods themselves may be called from any thread and do not block, except [#open].
public final class SnapshotDesk implements StateSnapshots, SnapshotSink {
    private static final Logger log = LoggerFactory.getLogger(SnapshotDesk.class);

    /// Opens the connection on which a snapshot travels.
    @FunctionalInterface
    public interface Sender {
        SnapshotSending send(NodeId to, SnapshotSending.Source source, Runnable wake);
    }

    /// The desk's neighbours.
    ///
    /// @param bulk takes tasks for the bulk agent; false = full
    /// @param retake asks for a new snapshot because the newest is damaged
    /// @param clock measures how long a snapshot takes, for the observer only
    public record Ports(
            Predicate<Runnable> bulk, ConsensusInbox consensus, Sender sender, Runnable retake, NanoClock clock) {}

    private final SnapshotStore store;
    private final Identity identity;
    private final Ports ports;
    private final AtomicReference<@Nullable Incoming> receiving = new AtomicReference<>();
    private volatile @Nullable PeerTransport transport;
    private volatile LongConsumer observer = _ -> {};

    public SnapshotDesk(SnapshotStore store, Identity identity, Ports ports) {
        this.store = store;
        this.identity = identity;
        this.ports = ports;
    }

    /// Names the transport that tells peers what has arrived at them.
    public void connect(PeerTransport connected) {
        transport = connected;
    }

    /// Hears from now on how many nanoseconds each snapshot took.
    public void measure(LongConsumer nanos) {
        observer = nanos;
    }

    // ---- taking

    @Override
    public boolean take(SnapshotCut cut, SnapshotMeta meta, Consumer<@Nullable String> whenDone) {
        return ports.bulk().test(() -> {
            String problem = "the member ends";
            try (cut) {
                long start = ports.clock().nanoTime();
                DigestValue digest = cut.digest();
                SnapshotManifest manifest = store.take(
                        meta,
                        new SnapshotManifest.Origin(
                                identity.clusterId(),
                                identity.incarnation(),
                                cut.revision(),
                                new SnapshotManifest.Digest(StateDigest.VERSION, digest.high(), digest.low())),
                        cut);
                observer.accept(ports.clock().nanoTime() - start);
                log.info(
                        "took a snapshot of {}: {} records",
                        meta.lastIncluded(),
                        manifest.content().records());
                ports.consensus().complete(new Event.SnapshotTaken(meta));
                problem = null;
            } catch (DiskFullException e) {
                problem = "no space: " + e.getMessage();
                log.warn("no space for a snapshot of {}: {}", meta.lastIncluded(), e.getMessage());
            } catch (CorruptStorageException e) {
                problem = e.getMessage();
                log.error("the snapshot of {} is not used: {}", meta.lastIncluded(), e.getMessage());
            } catch (IOException e) {
                throw failed("taking a snapshot", e);
            } finally {
                whenDone.accept(problem);
            }
        });
    }

    @Override
    public void distrustAfter(long index) throws IOException {
        store.distrustAfter(index);
    }

    @Override
    public StoredState open(SnapshotMeta meta) throws IOException {
        return stateOf(store.endingAt(meta.lastIncluded()));
    }

    /// The state in a verified file, which is closed once it was read.
    public static StoredState stateOf(SnapshotFile file) {
        SnapshotManifest.Digest digest = file.manifest().origin().digest();
        return new StoredState(file.manifest().meta(), new DigestValue(digest.high(), digest.low()), sink -> {
            try (file) {
                file.forEach(sink);
            }
        });
    }

    /// The newest intact snapshot, open; null when there is none. Asks for another when a newer one is damaged: the one
    /// before may end where the log does not begin yet. Blocks on the disk.
    private @Nullable SnapshotFile newestOrNull() throws IOException {
        SnapshotStore.Found found = store.newest();
        for (String damage : found.damaged()) {
            log.error("passed over a damaged snapshot: {}", damage);
        }
        if (!found.damaged().isEmpty()) {
            ports.retake().run();
        }
        return found.newest();
    }

    /// The snapshot that ends there, verified and open. Blocks on the disk.
    public SnapshotFile taken(SnapshotMeta meta) throws IOException {
        return store.endingAt(meta.lastIncluded());
    }

    // ---- sending

    /// Streams the newest snapshot to a peer that needs entries which are compacted.
    public void send(NodeId to, long term) {
        if (!ports.bulk().test(() -> begin(to, term))) {
            ports.consensus().complete(new Event.SnapshotSent(to, EntryId.ZERO, false));
        }
    }

    private void begin(NodeId to, long term) {
        try {
            SnapshotFile file = newestOrNull();
            if (file == null) {
                ports.consensus().complete(new Event.SnapshotSent(to, EntryId.ZERO, false));
                return;
            }
            SnapshotSource source = new SnapshotSource(file, term);
            log.info("sending the snapshot of {} to member {}", source.lastIncluded(), to);
            new Outgoing(to, source).start();
        } catch (IOException e) {
            throw failed("opening a snapshot", e);
        }
    }

    /// One snapshot on its way to a peer; its state is confined to the bulk agent.
    private final class Outgoing {
        private final NodeId to;
        private final SnapshotSource source;
        private @Nullable SnapshotSending sending;
        private boolean ended;

        Outgoing(NodeId to, SnapshotSource source) {
            this.to = to;
            this.source = source;
        }

        void start() {
            try {
                sending = ports.sender().send(to, source, this::wake);
                pump();
            } catch (IllegalStateException unknownPeer) {
                end(false, String.valueOf(unknownPeer.getMessage()));
            }
        }

        private void wake() {
            if (!ports.bulk().test(this::pump)) {
                log.warn("the bulk agent is full; sending a snapshot to member {} waits for its deadline", to);
            }
        }

        private void pump() {
            SnapshotSending current = sending;
            if (current == null || ended) {
                return;
            }
            try {
                switch (current.pump()) {
                    case RUNNING -> {}
                    case ARRIVED -> end(true, "");
                    case FAILED -> end(false, current.problem());
                }
            } catch (IOException e) {
                throw failed("reading a snapshot", e);
            }
        }

        private void end(boolean arrived, String problem) {
            ended = true;
            if (sending != null) {
                sending.close();
            }
            source.close();
            PeerTransport connected = transport;
            if (arrived && connected != null) {
                Message install = new Message.InstallSnapshot(source.term(), source.meta());
                connected.send(to, new PeerMessage.Consensus(install));
                connected.flush();
            } else {
                log.warn("the snapshot of {} did not reach member {}: {}", source.lastIncluded(), to, problem);
            }
            ports.consensus().complete(new Event.SnapshotSent(to, source.lastIncluded(), arrived));
        }
    }

    // ---- receiving

    /// Takes one file at a time. That of a newer term takes the place of an older one's, which a deposed leader may go
    /// on sending for minutes.
    @Override
    public @Nullable Transfer begin(Offer offer) {
        Incoming next = new Incoming(offer);
        Incoming running =
                receiving.getAndUpdate(current -> current == null || current.term < offer.term() ? next : current);
        if (running == null) {
            return next;
        }
        if (running.term >= offer.term()) {
            return null;
        }
        running.onSuperseded();
        return next;
    }

    private static HaltException failed(String what, IOException e) {
        return new HaltException(ExitCode.STORAGE_FAILED, what + ": " + e.getMessage(), e);
    }

    /// One snapshot on its way to this member; its state is confined to the bulk agent.
    private final class Incoming implements Transfer {
        private final long term;
        private final SnapshotReception reception;

        Incoming(Offer offer) {
            this.term = offer.term();
            this.reception = new SnapshotReception(store, offer);
        }

        /// The sender of a file that nobody wants any more is not asked for more of it.
        @Override
        public void onPart(long offset, ByteString content, Runnable more) {
            run(() -> {
                reception.onPart(offset, content);
                if (receiving.get() == this) {
                    more.run();
                }
            });
        }

        @Override
        public void onEnd(Consumer<@Nullable String> receipt) {
            run(() -> {
                String problem = reception.finish();
                release();
                receipt.accept(problem);
            });
        }

        @Override
        public void onAborted() {
            run(() -> {
                reception.abort();
                release();
            });
        }

        void onSuperseded() {
            run(() -> reception.giveUp("the leader of a newer term sends another snapshot"));
        }

        private void release() {
            receiving.compareAndSet(this, null);
        }

        private void run(Runnable task) {
            if (!ports.bulk().test(task)) {
                throw new HaltException(ExitCode.INVARIANT_VIOLATED, "one transfer cannot fill the bulk agent");
            }
        }
    }
}
