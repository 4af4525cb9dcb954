package io.gavel.server.node;

import io.gavel.raft.Effect;
import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.Event;
import io.gavel.raft.Message;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.agent.ExitCode;
import io.gavel.server.agent.HaltException;
import io.gavel.server.agent.Mailbox;
import io.gavel.server.consensus.ApplyAgent;
import io.gavel.server.consensus.CommittedLog;
import io.gavel.server.consensus.ConsensusInbox;
import io.gavel.server.consensus.Lanes;
import io.gavel.server.consensus.SnapshotDesk;
import io.gavel.server.disk.DiskReserve;
import io.gavel.server.storage.JournalEvents;
import io.gavel.server.storage.JournalListener;
import io.gavel.server.storage.JournalReader;
import io.gavel.server.storage.PeerBoot;
import io.gavel.server.transport.PeerMessage;
import io.gavel.server.transport.PeerTransport;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The paths between consensus, the journal and the peers of one node.
final class NodeLanes implements Lanes, JournalEvents, JournalListener {
    private static final Logger log = LoggerFactory.getLogger(NodeLanes.class);

    // One that fails is asked for again after ten seconds.
    private static final int CHECKS_BETWEEN_ASKS = 40;

    private final ConsensusInbox consensus;
    private final Mailbox<Effect.ForJournal> journalEffects;
    private final Mailbox<PeerBoot> peerBoots;
    private volatile @Nullable PeerTransport transport;
    private volatile @Nullable SnapshotDesk snapshots;
    private final DiskReserve reserve;
    private final Consumer<ApplyAgent.SnapshotAsk> makeRoom;
    private volatile boolean roomMade;
    private int checksUntilAsked;
    private volatile NodeMeters meters = NodeMeters.NONE;

    /// @param makeRoom takes a snapshot, which lets go of the log before it; room for it is reserved (rule 26)
    NodeLanes(
            ConsensusInbox consensus,
            DiskReserve reserve,
            Consumer<ApplyAgent.SnapshotAsk> makeRoom,
            Mailbox<Effect.ForJournal> journalEffects,
            Mailbox<PeerBoot> peerBoots) {
        this.consensus = consensus;
        this.reserve = reserve;
        this.makeRoom = makeRoom;
        this.journalEffects = journalEffects;
        this.peerBoots = peerBoots;
    }

    void connect(PeerTransport connected, SnapshotDesk desk) {
        transport = connected;
        snapshots = desk;
    }

    /// Who measures from now on.
    void measure(NodeMeters observer) {
        meters = observer;
    }

    DiskReserve reserve() {
        return reserve;
    }

    Mailbox<Effect.ForJournal> journalEffects() {
        return journalEffects;
    }

    Mailbox<PeerBoot> peerBoots() {
        return peerBoots;
    }

    @Override
    public boolean isDiskShort() {
        return reserve.isShort();
    }

    /// Makes a newer start of a peer durable (rule 21); false = no room now.
    boolean record(PeerBoot boot) {
        return peerBoots.offer(boot);
    }

    // ---- consensus to journal

    @Override
    public void journal(Effect.ForJournal effect) {
        if (!journalEffects.offer(effect)) {
            throw new HaltException(ExitCode.INVARIANT_VIOLATED, "more to write than the core can have asked for");
        }
    }

    @Override
    public void sendSnapshot(NodeId to, long term) {
        SnapshotDesk desk = snapshots;
        if (desk != null) {
            desk.send(to, term);
        }
    }

    // ---- journal to consensus

    @Override
    public void onPersisted(long writeId) {
        consensus.complete(new Event.Persisted(writeId));
    }

    @Override
    public void onPeerRecorded(PeerBoot peer) {}

    @Override
    public void onLogRange(Effect.SendLogRange request, EntryId previous, List<Entry> entries) {
        PeerTransport connected = transport;
        if (connected != null) {
            Message append = new Message.AppendEntries(request.term(), previous, entries, request.commitIndex(), 0);
            connected.send(request.to(), new PeerMessage.Consensus(append));
            connected.flush();
        }
    }

    @Override
    public void onRangeGone(Effect.SendLogRange request, long firstIndex) {
        consensus.complete(new Event.RangeGone(request.to(), firstIndex));
    }

    @Override
    public void onCommit(int writes, int bytes, long nanos) {
        meters.onJournalCommit(writes, bytes, nanos);
    }

    @Override
    public void onDiskFull(boolean waiting) {
        log.warn(waiting ? "the disk is full: writes wait for space" : "there is space on the disk again");
    }

    @Override
    public void onUsableSpace(long bytes) {
        if (reserve.onUsable(bytes)) {
            log.warn(
                    "{} bytes are free on the disk, {} are to be kept free: this member {}",
                    bytes,
                    reserve.bytes(),
                    reserve.isShort() ? "has no room to grow" : "has room again");
        }
        if (!reserve.isShort()) {
            roomMade = false;
            checksUntilAsked = 0;
        } else if (!roomMade && checksUntilAsked-- == 0) {
            checksUntilAsked = CHECKS_BETWEEN_ASKS;
            makeRoom.accept((taken, problem) -> roomMade = taken != null);
        }
    }

    @Override
    public boolean isSpaceShort() {
        return reserve.isShort();
    }

    /// Reads committed entries back for the apply agent.
    CommittedLog committedLog(JournalReader reader) {
        return (previous, last, maxBytes) -> switch (reader.read(previous, last, maxBytes)) {
            case JournalReader.LogRange.Entries(List<Entry> entries) -> entries;
            case JournalReader.LogRange.Gone(long firstIndex) ->
                throw new IOException("entries before " + firstIndex + " are compacted");
            case JournalReader.LogRange.Mismatch() ->
                throw new IOException("the journal holds other entries after " + previous);
        };
    }
}
