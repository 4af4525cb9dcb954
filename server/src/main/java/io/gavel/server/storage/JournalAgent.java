package io.gavel.server.storage;

import io.gavel.raft.Effect;
import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.server.agent.Agent;
import io.gavel.server.agent.ExitCode;
import io.gavel.server.agent.HaltException;
import io.gavel.server.agent.Mailbox;
import io.gavel.server.agent.NanoClock;
import io.gavel.server.disk.DiskFullException;
import io.gavel.server.storage.JournalReader.LogRange;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Drives the journal: gathers all waiting writes into one batch, forces it once, reports each write.
///
/// While the disk works, the next batch gathers in the mailbox. Ranges of the log are read elsewhere, piece by piece,
/// so that they never stand between two forces. An input/output error ends the process; it is never tried again.
/// A full disk is not an error (rule 26): the batch waits, and compaction overtakes what waits behind it.
public final class JournalAgent implements Agent {
    private static final int RANGE_PIECE_BYTES = 64 * 1024;
    private static final long SPACE_CHECK_NANOS = 250_000_000;

    /// Whom the agent talks to.
    ///
    /// @param bulk  takes tasks for another thread, in order; false = full, the task is dropped
    /// @param clock measures how long a commit takes, for the listener only
    public record Ports(JournalEvents events, JournalListener listener, Predicate<Runnable> bulk, NanoClock clock) {}

    private final Journal journal;
    private final JournalOptions options;
    private final Mailbox<Effect.ForJournal> effects;
    private final Mailbox<PeerBoot> peers;
    private final Ports ports;

    /// Effects that wait for space on the disk, in order.
    private final ArrayDeque<Effect.ForJournal> deferred = new ArrayDeque<>();
    private final List<Long> pendingWrites = new ArrayList<>();
    private final List<PeerBoot> pendingPeers = new ArrayList<>();
    private final List<Effect.SendLogRange> ranges = new ArrayList<>();
    private @Nullable EntryId compaction;
    private boolean waitingForSpace;
    private long retryAtNanos;
    private long sealAtNanos = Long.MAX_VALUE;
    private long spaceCheckAtNanos = Long.MIN_VALUE;

    public JournalAgent(
            Journal journal,
            JournalOptions options,
            Mailbox<Effect.ForJournal> effects,
            Mailbox<PeerBoot> peers,
            Ports ports) {
        this.journal = journal;
        this.options = options;
        this.effects = effects;
        this.peers = peers;
        this.ports = ports;
    }

    @Override
    public int doWork(long nowNanos) {
        try {
            int taken;
            if (waitingForSpace) {
                taken = takeWhileFull();
                compact();
                if (nowNanos >= retryAtNanos) {
                    commit(nowNanos);
                    // What was deferred is work for the next turn.
                    taken += waitingForSpace ? 0 : 1;
                }
            } else {
                taken = take(nowNanos);
                if (!waitingForSpace) {
                    commit(nowNanos);
                }
                compact();
            }
            readRanges();
            checkSpace(nowNanos, taken > 0);
            if (taken > 0) {
                sealAtNanos = nowNanos + options.sealAfterNanos();
            } else if (nowNanos >= sealAtNanos) {
                sealAtNanos = Long.MAX_VALUE;
                journal.seal();
            }
            return taken;
        } catch (IOException e) {
            throw failed(e);
        }
    }

    @Override
    public long nextDeadlineNanos() {
        long deadline = waitingForSpace ? retryAtNanos : sealAtNanos;
        return ports.listener().isSpaceShort() ? Math.min(deadline, spaceCheckAtNanos) : deadline;
    }

    /// An idle journal takes no space: it is asked only after writes, and while somebody waits for more to be
    /// free.
    private void checkSpace(long nowNanos, boolean wrote) throws IOException {
        if (nowNanos >= spaceCheckAtNanos && (wrote || ports.listener().isSpaceShort())) {
            spaceCheckAtNanos = nowNanos + SPACE_CHECK_NANOS;
            ports.listener().onUsableSpace(journal.usableBytes());
        }
    }

    @Override
    public void onStop() {
        try {
            journal.close();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private int take(long nowNanos) throws IOException {
        int taken = 0;
        for (PeerBoot peer = peers.poll(); peer != null; peer = peers.poll()) {
            journal.recordPeer(peer);
            pendingPeers.add(peer);
            taken++;
        }
        while (taken < options.maxBatchWrites() && journal.pendingBytes() < options.maxBatchBytes()) {
            Effect.ForJournal effect = deferred.isEmpty() ? effects.poll() : deferred.poll();
            if (effect == null) {
                break;
            }
            taken++;
            if (!accept(effect, nowNanos)) {
                break;
            }
        }
        return taken;
    }

    /// Lets compaction overtake, because it frees space; everything else keeps its order. Bounded like a batch.
    private int takeWhileFull() {
        int taken = 0;
        while (deferred.size() < options.maxBatchWrites()) {
            Effect.ForJournal effect = effects.poll();
            if (effect == null) {
                break;
            }
            taken++;
            if (effect instanceof Effect.CompactPrefix(EntryId through)) {
                compaction = through;
            } else {
                deferred.add(effect);
            }
        }
        return taken;
    }

    /// Returns false when nothing more may join the batch.
    private boolean accept(Effect.ForJournal effect, long nowNanos) throws IOException {
        return switch (effect) {
            case Effect.Persist persist -> {
                journal.append(persist);
                pendingWrites.add(persist.writeId());
                yield true;
            }
            case Effect.MarkRepaired repaired -> {
                journal.append(repaired);
                pendingWrites.add(repaired.writeId());
                yield true;
            }
            case Effect.MarkRepairing repairing -> {
                journal.append(repairing);
                pendingWrites.add(repairing.writeId());
                yield true;
            }
            case Effect.SendLogRange range -> {
                ranges.add(range);
                yield true;
            }
            case Effect.CompactPrefix(EntryId through) -> {
                compaction = through;
                yield true;
            }
            case Effect.ResetLog reset -> {
                if (journal.pendingBytes() == 0) {
                    reset(reset, nowNanos);
                } else {
                    deferred.addFirst(reset);
                }
                yield false;
            }
        };
    }

    private void reset(Effect.ResetLog reset, long nowNanos) throws IOException {
        try {
            journal.reset(reset);
            pendingWrites.add(reset.writeId());
        } catch (DiskFullException e) {
            deferred.addFirst(reset);
            waitForSpace(nowNanos + options.retryFullDiskNanos());
        }
    }

    private void commit(long nowNanos) throws IOException {
        int writes = pendingWrites.size();
        try {
            long start = ports.clock().nanoTime();
            int bytes = journal.commit();
            if (bytes > 0) {
                ports.listener().onCommit(writes, bytes, ports.clock().nanoTime() - start);
            }
        } catch (DiskFullException e) {
            waitForSpace(nowNanos + options.retryFullDiskNanos());
            return;
        }
        if (waitingForSpace) {
            waitingForSpace = false;
            ports.listener().onDiskFull(false);
        }
        pendingWrites.forEach(ports.events()::onPersisted);
        pendingPeers.forEach(ports.events()::onPeerRecorded);
        pendingWrites.clear();
        pendingPeers.clear();
    }

    private void waitForSpace(long retryAt) {
        if (!waitingForSpace) {
            ports.listener().onDiskFull(true);
        }
        waitingForSpace = true;
        retryAtNanos = retryAt;
    }

    private void compact() throws IOException {
        EntryId through = compaction;
        if (through != null && journal.compact(through)) {
            compaction = null;
        }
    }

    private void readRanges() {
        if (waitingForSpace) {
            return;
        }
        for (Effect.SendLogRange range : ranges) {
            readLater(range, range.previous());
        }
        ranges.clear();
    }

    private void readLater(Effect.SendLogRange range, EntryId previous) {
        // A refused read is a lost message: the core asks again when it hears nothing.
        var _ = ports.bulk().test(() -> readPiece(range, previous));
    }

    private void readPiece(Effect.SendLogRange range, EntryId previous) {
        try {
            switch (journal.reader().read(previous, range.last(), RANGE_PIECE_BYTES)) {
                case LogRange.Entries(List<Entry> entries) -> {
                    ports.events().onLogRange(range, previous, entries);
                    EntryId end = entries.get(entries.size() - 1).id();
                    if (end.index() < range.last().index()) {
                        readLater(range, end);
                    }
                }
                case LogRange.Gone(long firstIndex) -> ports.events().onRangeGone(range, firstIndex);
                case LogRange.Mismatch() -> {
                    // Truncated since it was asked for: the core has moved on as well.
                }
            }
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private static HaltException failed(IOException e) {
        return new HaltException(ExitCode.STORAGE_FAILED, "journal: " + e.getMessage(), e);
    }
}
