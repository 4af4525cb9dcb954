package io.gavel.raft;

import io.gavel.raft.check.Invariants;
import io.gavel.raft.progress.PendingReads;
import io.gavel.raft.progress.Progress;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.ConfigurationChange;
import io.gavel.raft.quorum.ConfigurationCodec;
import io.gavel.raft.quorum.JointQuorum;
import io.gavel.raft.quorum.NodeId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Orders proposals and brings them to a quorum (Raft paper §5.3, §5.4, §8).
///
/// | event | then |
/// | --- | --- |
/// | no quorum heard for an election timeout (thesis §6.2) | follower |
/// | the configuration without this member is committed (rule 18) | follower, a successor is told to campaign |
/// | its disk is stalled and nobody took over (rule 16) | follower |
/// | a message of a higher term | follower of that term |
final class Leader implements Role {
    /// Correlation number of a transfer that nobody asked for.
    private static final long OWN_TRANSFER = -1;

    /// A handover under way; proposals are refused until it works or its deadline passes (thesis §3.10).
    private record Transfer(long correlationId, NodeId target, long deadlineNanos) {}

    private final RaftCore core;
    private final LocalMember local;
    private final long term;
    private final Replication replication;
    private final PendingReads reads;

    /// Index of this term's no-op; 0 until it is appended.
    private long noOpIndex;

    /// Entries of this term through here are counted as committed in the two fields below.
    private long countedThrough;

    private int uncommittedEntries;
    private long uncommittedBytes;

    private long heartbeatDeadlineNanos;
    private boolean heartbeatDue = true;
    private @Nullable Transfer transfer;

    Leader(RaftCore core, LocalMember local) {
        this.core = core;
        this.local = local;
        this.term = local.currentTerm();
        this.replication = new Replication(local);
        this.reads = new PendingReads(local.config.limits().maxPendingReads());
        this.heartbeatDeadlineNanos = local.nowNanos() + local.config.timing().heartbeatIntervalNanos();
        this.countedThrough = local.log.lastIndex();
    }

    /// Appends the no-op by which entries of earlier terms commit (§5.4.2, §8).
    void begin() {
        Invariants.check(
                local.log.lastEntry().term() < term,
                "a new leader has no entry of its term",
                local.log.lastEntry().term(),
                term);
        noOpIndex = append(EntryKind.NO_OP, Payload.EMPTY).index();
    }

    @Override
    public RaftStatus.RoleName name() {
        return RaftStatus.RoleName.LEADER;
    }

    @Override
    public NodeId leader() {
        return local.self();
    }

    // ---- messages

    @Override
    public void onMessage(NodeId from, Message message) {
        Progress progress = replication.of(from);
        if (progress != null) {
            progress.heard(local.nowNanos());
        }
        switch (message) {
            case Message.AppendEntriesReply reply -> {
                replication.onAppendReply(from, reply);
                maybeHandOver();
                maybeCommit();
            }
            case Message.InstallSnapshotReply reply -> {
                replication.onSnapshotReply(from, reply);
                maybeCommit();
            }
            case Message.ReadRoundEcho echo -> {
                if (progress != null) {
                    progress.onEcho(echo.readRound());
                    confirmReads();
                }
            }
            case Message.ReadIndexRequest request -> {
                if (!reads.offer(new PendingReads.Read(from, request.readId()))) {
                    refuseRead(new PendingReads.Read(from, request.readId()), RejectReason.OVERLOADED);
                }
            }
            case Message.AppendEntries _, Message.Heartbeat _, Message.InstallSnapshot _ ->
                Invariants.check(false, "one leader a term", term, from.value());
            case Message.PreVote _,
                    Message.PreVoteReply _,
                    Message.RequestVote _,
                    Message.VoteReply _,
                    Message.TimeoutNow _,
                    Message.ReadIndexReply _ -> {}
        }
    }

    @Override
    public void onPersisted() {
        maybeCommit();
    }

    void onSnapshotSent(Event.SnapshotSent sent) {
        replication.onSnapshotSent(sent);
    }

    @Override
    public void onPeerLost(NodeId peer, boolean restarted) {
        replication.onPeerLost(peer, restarted);
    }

    // ---- proposals

    void onPropose(Event.Propose propose) {
        RejectReason refusal = transfer != null
                ? RejectReason.TRANSFERRING
                : overload(propose.payload().length(), propose.priority());
        if (refusal != null) {
            local.reject(propose.proposalId(), refusal, leader());
        } else {
            EntryId id = append(EntryKind.COMMAND, propose.payload());
            local.notice(new Effect.ProposalAppended(propose.proposalId(), id));
        }
    }

    /// A proposal larger than all the room may still enter when nothing else is in it.
    private @Nullable RejectReason overload(int bytes, boolean priority) {
        RaftConfig.Limits limits = local.config.limits();
        int entries = limits.maxUncommittedEntries();
        long room = limits.maxUncommittedBytes();
        if (priority) {
            entries += Math.max(1, entries / 8);
            room += Math.max(1, room / 8);
        }
        boolean full = uncommittedEntries >= entries || (uncommittedEntries > 0 && uncommittedBytes + bytes > room);
        return full ? RejectReason.OVERLOADED : null;
    }

    private EntryId append(EntryKind kind, Payload payload) {
        Entry entry = new Entry(new EntryId(term, local.log.lastIndex() + 1), kind, payload);
        local.append(entry);
        uncommittedEntries++;
        uncommittedBytes += RaftLog.sizeOf(entry);
        return entry.id();
    }

    // ---- commitment

    /// Commits what a quorum holds durably, but counts only entries of this term (§5.4.2, figure 8).
    private void maybeCommit() {
        long agreed = JointQuorum.agreed(local.configuration(), replication::matchIndex);
        if (agreed <= local.commitIndex() || local.log.termAt(agreed) != term) {
            return;
        }
        local.commitThrough(agreed);
        while (countedThrough < agreed) {
            countedThrough++;
            uncommittedEntries--;
            uncommittedBytes -= local.log.recentSizeAt(countedThrough);
        }
        onConfigurationProgress();
    }

    /// Completes a joint change, an inherited one too, and leaves when the cluster has decided to go on without
    /// this member (rule 18).
    private void onConfigurationProgress() {
        if (!local.configurations.newestIsCommitted() || local.commitIndex() < noOpIndex) {
            return;
        }
        Configuration configuration = local.configuration();
        if (configuration.isJoint()) {
            appendConfiguration(ConfigurationChange.leave(configuration));
        } else if (!configuration.isVoter(local.self())) {
            NodeId successor = replication.bestSuccessor();
            if (successor != null) {
                local.send(successor, new Message.TimeoutNow(term));
            }
            core.follow(term, null);
        }
    }

    // ---- configuration

    void onChangeConfiguration(Event.ChangeConfiguration request) {
        RejectReason refusal = refusal(request.change());
        if (refusal != null) {
            local.reject(request.proposalId(), refusal, leader());
            return;
        }
        EntryId id = appendConfiguration(request.change().enter(local.configuration()));
        local.notice(new Effect.ProposalAppended(request.proposalId(), id));
        maybeCommit();
    }

    private @Nullable RejectReason refusal(ConfigurationChange change) {
        if (transfer != null) {
            return RejectReason.TRANSFERRING;
        }
        boolean settled = local.configurations.newestIsCommitted()
                && !local.configuration().isJoint()
                && local.commitIndex() >= noOpIndex;
        if (!settled) {
            return RejectReason.CONFIGURATION_IN_PROGRESS;
        }
        if (change.refusal(local.configuration()) != null) {
            return RejectReason.CONFIGURATION_INVALID;
        }
        NodeId promoted = change.promoted();
        Progress progress = promoted == null ? null : replication.of(promoted);
        if (progress != null && !progress.isWithinOneRound(local.log.lastIndex(), local.nowNanos())) {
            return RejectReason.LEARNER_NOT_CAUGHT_UP;
        }
        return hasQuorumAfter(change) ? null : RejectReason.NO_QUORUM;
    }

    /// Whether a majority of the voters after the change is heard from: otherwise the change could never commit, and
    /// nothing after it.
    private boolean hasQuorumAfter(ConfigurationChange change) {
        Configuration target =
                Configuration.of(change.enter(local.configuration()).voters());
        return JointQuorum.agreed(target, this::isHeard) > 0;
    }

    private long isHeard(NodeId member) {
        Progress progress = replication.of(member);
        return member.equals(local.self()) || (progress != null && replication.isActive(progress)) ? 1 : 0;
    }

    private EntryId appendConfiguration(Configuration configuration) {
        EntryId id = append(EntryKind.CONFIGURATION, Payload.wrap(ConfigurationCodec.encode(configuration)));
        replication.onConfiguration();
        return id;
    }

    // ---- transfer

    void onTransferLeadership(Event.TransferLeadership request) {
        if (transfer != null) {
            local.reject(request.proposalId(), RejectReason.TRANSFERRING, leader());
        } else if (request.target().equals(local.self()) || !isNextVoter(request.target())) {
            local.reject(request.proposalId(), RejectReason.TRANSFER_FAILED, leader());
        } else {
            beginTransfer(request.proposalId(), request.target());
        }
    }

    /// Whether the member votes in the configuration that the cluster is heading for.
    private boolean isNextVoter(NodeId member) {
        return ConfigurationChange.leave(local.configuration()).isVoter(member);
    }

    private void beginTransfer(long correlationId, NodeId target) {
        transfer = new Transfer(correlationId, target, local.nowNanos() + local.electionTimeoutNanos());
        maybeHandOver();
    }

    /// Tells the target to campaign once it holds everything (thesis §3.10).
    private void maybeHandOver() {
        Transfer current = transfer;
        if (current != null && replication.matchIndex(current.target()) == local.log.lastIndex()) {
            local.send(current.target(), new Message.TimeoutNow(term));
        }
    }

    private void endTransfer(Transfer failed) {
        transfer = null;
        if (failed.correlationId() != OWN_TRANSFER) {
            local.reject(failed.correlationId(), RejectReason.TRANSFER_FAILED, leader());
        }
    }

    // ---- reads

    @Override
    public void onReadIndex(long readId) {
        if (!reads.offer(new PendingReads.Read(local.self(), readId))) {
            local.reject(readId, RejectReason.OVERLOADED, leader());
        }
    }

    /// Answers the reads whose round a quorum has echoed (thesis §6.4). Learners have no voice in it.
    private void confirmReads() {
        long confirmed = JointQuorum.agreed(local.configuration(), this::echoedRound);
        for (PendingReads.Confirmed round : reads.confirmThrough(confirmed)) {
            for (PendingReads.Read read : round.reads()) {
                if (read.from().equals(local.self())) {
                    local.notice(new Effect.ReadReady(read.readId(), round.readIndex()));
                } else {
                    local.send(read.from(), new Message.ReadIndexReply(term, read.readId(), round.readIndex()));
                }
            }
        }
    }

    private long echoedRound(NodeId member) {
        if (member.equals(local.self())) {
            return reads.lastRound();
        }
        Progress progress = replication.of(member);
        return progress == null ? 0 : progress.echoedRound();
    }

    private void refuseRead(PendingReads.Read read, RejectReason reason) {
        if (read.from().equals(local.self())) {
            local.reject(read.readId(), reason, null);
        } else {
            local.send(read.from(), new Message.ReadIndexReply(local.currentTerm(), read.readId(), -1));
        }
    }

    // ---- time

    @Override
    public void onTick() {
        long now = local.nowNanos();
        if (now >= heartbeatDeadlineNanos) {
            heartbeatDue = true;
            heartbeatDeadlineNanos = now + local.config.timing().heartbeatIntervalNanos();
            maybeHandOver();
        }
        Transfer current = transfer;
        boolean transferFailed = current != null && now >= current.deadlineNanos();
        if (current != null && transferFailed) {
            endTransfer(current);
        }
        if (!hasQuorum()) {
            core.follow(term, null);
        } else if (local.isDiskStalled() && transfer == null) {
            yieldToFasterDisk(transferFailed);
        }
    }

    /// Whether a quorum was heard within an election timeout (thesis §6.2).
    private boolean hasQuorum() {
        long now = local.nowNanos();
        long heard = JointQuorum.agreed(local.configuration(), member -> {
            Progress progress = replication.of(member);
            return member.equals(local.self()) || progress == null ? now : progress.lastHeardNanos();
        });
        return heard >= now - local.electionTimeoutNanos();
    }

    /// A leader whose disk does not answer holds up everybody: it hands over, or failing that steps down (rule 16).
    private void yieldToFasterDisk(boolean triedBefore) {
        NodeId successor = triedBefore ? null : replication.bestSuccessor();
        if (successor != null) {
            beginTransfer(OWN_TRANSFER, successor);
        } else {
            core.follow(term, null);
        }
    }

    @Override
    public void onClockJump() {
        replication.heardFromAll();
        heartbeatDue = true;
    }

    @Override
    public void onFlush() {
        long round = 0;
        if (reads.hasUnassigned() && local.commitIndex() >= noOpIndex) {
            round = reads.openRound(local.commitIndex());
        } else if (heartbeatDue) {
            round = reads.openRound();
        }
        replication.flush(round, reads.lastRound(), heartbeatDue);
        heartbeatDue = false;
        confirmReads();
    }

    @Override
    public void onLeave() {
        for (PendingReads.Read read : reads.removeAll()) {
            refuseRead(read, RejectReason.LEADERSHIP_LOST);
        }
    }

    @Override
    public long deadlineNanos() {
        Transfer current = transfer;
        return current == null ? heartbeatDeadlineNanos : Math.min(heartbeatDeadlineNanos, current.deadlineNanos());
    }

    // ---- reports

    long keepForPeers(long through) {
        return replication.keepForPeers(through);
    }

    List<RaftStatus.PeerStatus> peerStatus() {
        return replication.status();
    }

    void checkInvariants() {
        Invariants.check(uncommittedEntries >= 0, "uncommitted entries are counted", uncommittedEntries, 0);
        Invariants.check(uncommittedBytes >= 0, "uncommitted bytes are counted", uncommittedBytes, 0);
        Invariants.check(term == local.currentTerm(), "a leader leads its own term", term, local.currentTerm());
        replication.checkInvariants();
    }
}
