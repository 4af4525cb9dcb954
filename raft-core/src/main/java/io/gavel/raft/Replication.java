package io.gavel.raft;

import io.gavel.raft.check.Invariants;
import io.gavel.raft.progress.Inflights;
import io.gavel.raft.progress.Progress;
import io.gavel.raft.progress.Progress.Probe;
import io.gavel.raft.progress.Progress.Replicate;
import io.gavel.raft.progress.Progress.SnapshotTransfer;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// How a leader brings its log to every other member: probing, pipelining, snapshots (Raft paper §5.3, §7,
/// thesis §10.2.1).
///
/// A heartbeat names the entry before the next one to send, so that a lost append shows at once. Only while the
/// journal sends older entries does it name the last acknowledged one, because it would overtake them. While
/// anything is on the way to the peer, a message that names no entry goes beside it, so that no amount of
/// entries in front of a heartbeat makes a leader look dead (rule 36).
final class Replication {
    private final LocalMember local;
    private final long term;
    private final TreeMap<NodeId, Progress> peers = new TreeMap<>();

    Replication(LocalMember local) {
        this.local = local;
        this.term = local.currentTerm();
        onConfiguration();
    }

    /// Serves exactly the members that the newest configuration lists.
    void onConfiguration() {
        Configuration configuration = local.configuration();
        peers.keySet().removeIf(peer -> !configuration.contains(peer));
        RaftConfig.Flow flow = local.config.flow();
        for (Member member : configuration.members()) {
            if (!member.id().equals(local.self()) && !peers.containsKey(member.id())) {
                Inflights inflights = new Inflights(flow.maxInflightMessages(), flow.maxInflightBytes());
                peers.put(
                        member.id(),
                        new Progress(
                                local.log.lastIndex() + 1, inflights, local.electionTimeoutNanos(), local.nowNanos()));
            }
        }
    }

    @Nullable
    Progress of(NodeId peer) {
        return peers.get(peer);
    }

    /// The highest index durable on the member; 0 for one that is not served.
    long matchIndex(NodeId member) {
        if (member.equals(local.self())) {
            return local.persistedIndex();
        }
        Progress progress = peers.get(member);
        return progress == null ? 0 : progress.matchIndex();
    }

    boolean isActive(Progress progress) {
        return local.nowNanos() - progress.lastHeardNanos() <= local.electionTimeoutNanos();
    }

    /// The active voter that is furthest, to hand leadership to; null when there is none.
    @Nullable
    NodeId bestSuccessor() {
        NodeId best = null;
        for (Member member : local.configuration().voters()) {
            Progress progress = peers.get(member.id());
            boolean candidate = progress != null && isActive(progress);
            if (candidate && (best == null || matchIndex(member.id()) > matchIndex(best))) {
                best = member.id();
            }
        }
        return best;
    }

    // ---- answers

    void onAppendReply(NodeId from, Message.AppendEntriesReply reply) {
        Progress progress = peers.get(from);
        if (progress == null) {
            return;
        }
        if (reply.success()) {
            onMatch(progress, reply.entry());
        } else {
            onMismatch(progress, reply);
        }
    }

    private void onMatch(Progress progress, EntryId entry) {
        boolean ours = entry.index() < local.log.baseIndex() || local.log.matches(entry);
        if (ours && entry.index() <= local.log.lastIndex()) {
            boolean transferring = progress.state() instanceof SnapshotTransfer;
            progress.onMatch(entry.index(), local.log.lastIndex(), local.nowNanos());
            if (transferring && !(progress.state() instanceof SnapshotTransfer)) {
                local.requestCompaction();
            }
        }
    }

    /// Backs off by whole terms: to the last entry that both logs may share (§5.3).
    private void onMismatch(Progress progress, Message.AppendEntriesReply reply) {
        long rejected = reply.rejectedPreviousIndex();
        boolean current = switch (progress.state()) {
            case Probe _ -> rejected == progress.nextIndex() - 1;
            case Replicate _ -> rejected > progress.matchIndex();
            case SnapshotTransfer _ -> false;
        };
        if (current) {
            long hint = Math.min(reply.entry().index(), rejected - 1);
            progress.onMismatch(local.log.lastIndexAtOrBelow(hint, reply.entry().term()));
        }
    }

    void onSnapshotReply(NodeId from, Message.InstallSnapshotReply reply) {
        Progress progress = peers.get(from);
        if (progress != null && reply.success()) {
            onMatch(progress, reply.lastIncluded());
        } else if (progress != null) {
            progress.snapshotEnded(0);
        }
    }

    void onSnapshotSent(Event.SnapshotSent sent) {
        Progress progress = peers.get(sent.to());
        if (progress != null) {
            boolean usable = sent.success() && sent.lastIncluded().index() <= local.log.lastIndex();
            progress.snapshotEnded(usable ? sent.lastIncluded().index() : 0);
            local.requestCompaction();
        }
    }

    void onPeerLost(NodeId peer, boolean restarted) {
        Progress progress = peers.get(peer);
        if (progress == null) {
            return;
        }
        if (restarted) {
            progress.restarted(local.log.lastIndex());
        } else if (progress.state() instanceof Replicate) {
            progress.becomeProbe();
        }
    }

    /// After a pause nobody is late (rule 17).
    void heardFromAll() {
        peers.values().forEach(progress -> progress.heard(local.nowNanos()));
    }

    /// How far below `through` compaction stops, so that an active peer can go on without a (further) snapshot,
    /// within the byte budget (rule 14).
    long keepForPeers(long through) {
        long keep = through;
        for (Progress progress : peers.values()) {
            long from = progress.keptAfter();
            if (isActive(progress) && from < keep && isWithinBudget(from, through)) {
                keep = from;
            }
        }
        return keep;
    }

    private boolean isWithinBudget(long from, long through) {
        long bytes = local.log.bytesAfter(from);
        return bytes != Long.MAX_VALUE
                && bytes - local.log.bytesAfter(through)
                        <= local.config.retention().transferBytes();
    }

    // ---- sending

    /// Sends to every peer what it can take. `round` = a fresh read round that wants an echo; `heartbeat` = no
    /// peer may be left without a message.
    void flush(long round, long lastRound, boolean heartbeat) {
        for (Map.Entry<NodeId, Progress> peer : peers.entrySet()) {
            NodeId to = peer.getKey();
            Progress progress = peer.getValue();
            if (heartbeat) {
                if (progress.hasUnanswered()) {
                    local.send(to, new Message.Heartbeat(term, lastRound));
                }
                progress.retryProbe();
            }
            if (progress.isStuck(local.nowNanos())) {
                progress.becomeProbe();
            }
            boolean roundSent = switch (progress.state()) {
                case Probe probe -> !probe.waiting() && probe(to, progress, lastRound);
                case Replicate _ -> pipeline(to, progress, round);
                case SnapshotTransfer _ -> false;
            };
            if (round != 0 && !roundSent) {
                sendWithoutEntries(to, progress, round);
            } else if (hasCommitNews(progress)) {
                sendWithoutEntries(to, progress, 0);
            }
        }
    }

    /// One append at a time until both logs are known to agree; returns whether it carried a round.
    private boolean probe(NodeId to, Progress progress, long round) {
        long next = progress.nextIndex();
        if (next <= local.log.baseIndex()) {
            sendSnapshot(to, progress);
            return false;
        }
        progress.probeSent();
        List<Entry> entries = local.log.isRecent(next) ? slice(next) : List.of();
        send(to, progress, entries, round);
        return true;
    }

    /// Everything the window allows; returns whether a message carried the round.
    private boolean pipeline(NodeId to, Progress progress, long round) {
        boolean first = true;
        long last = local.log.lastIndex();
        while (progress.nextIndex() <= last && !progress.inflights().isFull() && !progress.waitsForJournal()) {
            long next = progress.nextIndex();
            if (next <= local.log.baseIndex()) {
                sendSnapshot(to, progress);
                return !first;
            }
            if (!local.log.isRecent(next)) {
                askJournal(to, progress);
                return !first;
            }
            List<Entry> entries = slice(next);
            send(to, progress, entries, first ? round : 0);
            progress.sent(entries.getLast().index(), sizeOf(entries), local.nowNanos());
            first = false;
        }
        return !first;
    }

    private List<Entry> slice(long next) {
        RaftConfig.Flow flow = local.config.flow();
        return local.log.slice(next, local.log.lastIndex(), flow.maxAppendEntries(), flow.maxAppendBytes());
    }

    private static long sizeOf(List<Entry> entries) {
        long bytes = 0;
        for (Entry entry : entries) {
            bytes += RaftLog.sizeOf(entry);
        }
        return bytes;
    }

    private void send(NodeId to, Progress progress, List<Entry> entries, long round) {
        EntryId previous = local.log.idAtOrZero(progress.nextIndex() - 1);
        long through = previous.index() + entries.size();
        progress.sentCommit(Math.min(local.commitIndex(), through));
        local.send(to, new Message.AppendEntries(term, previous, entries, local.commitIndex(), round));
    }

    /// A heartbeat, a read round or news of a commit.
    private void sendWithoutEntries(NodeId to, Progress progress, long round) {
        long before = progress.state() instanceof SnapshotTransfer || progress.waitsForJournal()
                ? progress.matchIndex()
                : progress.nextIndex() - 1;
        EntryId previous = local.log.idAtOrZero(before);
        progress.sentCommit(Math.max(progress.sentCommitIndex(), Math.min(local.commitIndex(), previous.index())));
        local.send(to, new Message.AppendEntries(term, previous, List.of(), local.commitIndex(), round));
    }

    private boolean hasCommitNews(Progress progress) {
        return progress.state() instanceof Replicate
                && !progress.waitsForJournal()
                && Math.min(local.commitIndex(), progress.nextIndex() - 1) > progress.sentCommitIndex();
    }

    private void askJournal(NodeId to, Progress progress) {
        RaftConfig.Flow flow = local.config.flow();
        long next = progress.nextIndex();
        long last = Math.min(local.log.firstRecentIndex() - 1, next + flow.maxAppendEntries() - 1);
        local.emit(new Effect.SendLogRange(
                to, term, local.log.idAtOrZero(next - 1), local.log.idAtOrZero(last), local.commitIndex()));
        progress.askedJournal(last, flow.maxAppendBytes(), local.nowNanos());
    }

    private void sendSnapshot(NodeId to, Progress progress) {
        if (isActive(progress)) {
            progress.becomeSnapshotTransfer(local.snapshot().lastIncluded().index());
            local.emit(new Effect.SendSnapshot(to, term));
        } else {
            progress.becomeProbe();
            progress.probeSent();
        }
    }

    // ---- reports

    List<RaftStatus.PeerStatus> status() {
        List<RaftStatus.PeerStatus> status = new ArrayList<>();
        peers.forEach((peer, progress) -> {
            String state = switch (progress.state()) {
                case Probe _ -> "probe";
                case Replicate _ -> "replicate";
                case SnapshotTransfer _ -> "snapshot";
            };
            status.add(new RaftStatus.PeerStatus(
                    peer, state, progress.matchIndex(), progress.nextIndex(), isActive(progress)));
        });
        return List.copyOf(status);
    }

    void checkInvariants() {
        for (Progress progress : peers.values()) {
            Invariants.check(
                    progress.matchIndex() < progress.nextIndex(),
                    "matchIndex < nextIndex",
                    progress.matchIndex(),
                    progress.nextIndex());
            Invariants.check(
                    progress.nextIndex() <= local.log.lastIndex() + 1,
                    "nextIndex <= lastIndex + 1",
                    progress.nextIndex(),
                    local.log.lastIndex());
        }
    }
}
