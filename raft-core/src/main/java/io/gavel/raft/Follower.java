package io.gavel.raft;

import io.gavel.raft.check.Invariants;
import io.gavel.raft.progress.ForwardedReads;
import io.gavel.raft.quorum.NodeId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Takes entries from the leader, and notices when there is none (Raft paper §5.2, §5.3).
///
/// | event | then |
/// | --- | --- |
/// | election timeout, or the leader's process is gone (rule 15) | pre-candidate |
/// | TimeoutNow of the leader | candidate |
/// | a message of a higher term | follower of that term |
final class Follower implements Role {
    /// How the election timer is to be set at the next tick, which knows the time.
    private enum Arm {
        KEEP,
        NORMAL,
        EARLY
    }

    /// How many election timeouts a leader has to confirm a read: its answer takes a way to it and back, and its
    /// round another, and each of them may take as long as heartbeats may without anybody missing their leader.
    private static final int READ_TIMEOUTS = 4;

    private final RaftCore core;
    private final LocalMember local;
    private final ForwardedReads reads;
    private @Nullable NodeId leader;
    private Arm arm = Arm.KEEP;
    private long electionDeadlineNanos;

    /// Whether a current leader spoke since the last tick, and the tick at which one last had.
    private boolean heardSinceTick;

    private long lastHeardNanos;

    /// The leader's connection closed and nothing was heard from it since.
    private boolean leaderGone;

    private int earlyTriesLeft;

    /// Highest index known to equal the log of this term's leader (rule 25).
    private long matchedIndex;

    Follower(RaftCore core, LocalMember local, @Nullable NodeId leader) {
        this.core = core;
        this.local = local;
        this.leader = leader;
        this.reads = new ForwardedReads(local.config.limits().maxPendingReads(), local.randomToken());
        this.heardSinceTick = leader != null;
        this.arm = leader != null ? Arm.NORMAL : Arm.KEEP;
        this.lastHeardNanos = local.nowNanos();
        this.electionDeadlineNanos = core.isOnlyVoter() ? local.nowNanos() : local.randomElectionDeadline();
    }

    @Override
    public RaftStatus.RoleName name() {
        return RaftStatus.RoleName.FOLLOWER;
    }

    @Override
    public @Nullable NodeId leader() {
        return leader;
    }

    long matchedIndex() {
        return matchedIndex;
    }

    /// Whether a leader was heard within the minimum election timeout and its connection did not close since: then
    /// votes are refused, so that a member that merely lost contact cannot disturb (rule 15, thesis §4.2.3).
    boolean isLeaderAlive() {
        return leader != null
                && !leaderGone
                && (heardSinceTick || local.nowNanos() - lastHeardNanos < local.electionTimeoutNanos());
    }

    /// A vote was granted: its candidate gets a full timeout (§5.2).
    void onVoteGranted() {
        arm = Arm.NORMAL;
    }

    /// A pre-vote was granted: a try of our own would only split the votes.
    void onPreVoteGranted() {
        if (leaderGone && earlyTriesLeft > 0) {
            arm = Arm.EARLY;
        }
    }

    @Override
    public void onMessage(NodeId from, Message message) {
        switch (message) {
            case Message.AppendEntries append -> {
                onLeaderMessage(from);
                onAppendEntries(from, append);
            }
            case Message.Heartbeat heartbeat -> {
                onLeaderMessage(from);
                echo(from, heartbeat.term(), heartbeat.readRound());
            }
            case Message.InstallSnapshot install -> {
                onLeaderMessage(from);
                onInstallSnapshot(from, install);
            }
            case Message.TimeoutNow _ -> {
                onLeaderMessage(from);
                if (local.mayCampaign()) {
                    core.campaign(true, 0);
                }
            }
            case Message.ReadIndexReply reply -> onReadIndexReply(from, reply);
            case Message.ReadIndexRequest request ->
                local.send(from, new Message.ReadIndexReply(local.currentTerm(), request.readId(), -1));
            case Message.PreVote _,
                    Message.PreVoteReply _,
                    Message.RequestVote _,
                    Message.VoteReply _,
                    Message.AppendEntriesReply _,
                    Message.ReadRoundEcho _,
                    Message.InstallSnapshotReply _ -> {}
        }
    }

    private void onLeaderMessage(NodeId from) {
        Invariants.check(leader == null || leader.equals(from), "one leader a term");
        leader = from;
        leaderGone = false;
        earlyTriesLeft = 0;
        heardSinceTick = true;
        arm = Arm.NORMAL;
    }

    // ---- log

    private void onAppendEntries(NodeId from, Message.AppendEntries append) {
        echo(from, append.term(), append.readRound());
        if (local.isInstalling() || !isWellFormed(append)) {
            return;
        }
        EntryId previous = append.previous();
        if (previous.index() > local.commitIndex() && !local.log.matches(previous)) {
            long agreeAtMost =
                    Math.max(local.commitIndex(), local.log.lastIndexAtOrBelow(previous.index() - 1, previous.term()));
            local.sendWhenDurable(
                    from,
                    new Message.AppendEntriesReply(
                            append.term(), false, local.log.idAtOrZero(agreeAtMost), previous.index()));
            return;
        }
        Invariants.check(
                previous.index() < local.log.baseIndex() || local.log.matches(previous),
                "the leader holds what is committed here",
                previous.index(),
                local.commitIndex());
        appendNew(append.entries());
        List<Entry> entries = append.entries();
        EntryId last = entries.isEmpty() ? previous : entries.getLast().id();
        matchedIndex = Math.max(matchedIndex, last.index());
        long commit = Math.min(append.commitIndex(), last.index());
        if (commit > local.commitIndex()) {
            local.commitThrough(commit);
        }
        if (!entries.isEmpty() || append.readRound() != 0) {
            local.sendWhenDurable(from, new Message.AppendEntriesReply(append.term(), true, last, 0));
        }
    }

    private void echo(NodeId to, long term, long readRound) {
        if (readRound != 0 && !local.configuration().isLearner(local.self())) {
            local.send(to, new Message.ReadRoundEcho(term, readRound));
        }
    }

    /// A message that no leader sends is dropped, not trusted.
    private static boolean isWellFormed(Message.AppendEntries append) {
        long index = append.previous().index();
        long term = append.previous().term();
        for (Entry entry : append.entries()) {
            index++;
            if (entry.index() != index || entry.term() < term || entry.term() > append.term()) {
                return false;
            }
            term = entry.term();
        }
        return true;
    }

    /// Skips what is there, cuts off what contradicts, appends the rest (§5.3).
    private void appendNew(List<Entry> entries) {
        for (Entry entry : entries) {
            if (entry.index() <= local.log.lastIndex()) {
                boolean held = entry.index() < local.log.baseIndex() || local.log.matches(entry.id());
                if (held) {
                    continue;
                }
                local.truncateFrom(entry.index());
            }
            local.append(entry);
        }
    }

    private void onInstallSnapshot(NodeId from, Message.InstallSnapshot install) {
        EntryId lastIncluded = install.meta().lastIncluded();
        if (local.isInstalling()) {
            return;
        }
        boolean held = lastIncluded.index() <= local.commitIndex() || local.log.matches(lastIncluded);
        if (!held) {
            local.beginInstall(install.meta());
            return;
        }
        if (lastIncluded.index() > local.commitIndex()) {
            local.commitThrough(lastIncluded.index());
        }
        local.sendWhenDurable(from, new Message.InstallSnapshotReply(install.term(), true, lastIncluded));
    }

    /// The snapshot is loaded; the success leaves when the journal has forgotten the old log.
    void onSnapshotInstalled(EntryId lastIncluded) {
        NodeId current = leader;
        if (current != null) {
            matchedIndex = Math.max(matchedIndex, lastIncluded.index());
            local.sendWhenDurable(current, new Message.InstallSnapshotReply(local.currentTerm(), true, lastIncluded));
        }
    }

    // ---- reads

    @Override
    public void onReadIndex(long readId) {
        if (leader == null) {
            local.reject(readId, RejectReason.NOT_LEADER, null);
        } else if (!reads.offer(readId)) {
            local.reject(readId, RejectReason.OVERLOADED, leader);
        }
    }

    private void onReadIndexReply(NodeId from, Message.ReadIndexReply reply) {
        if (!from.equals(leader)) {
            return;
        }
        for (long readId : reads.answered(reply.readId())) {
            if (reply.readIndex() >= 0) {
                local.notice(new Effect.ReadReady(readId, reply.readIndex()));
            } else {
                local.reject(readId, RejectReason.NO_QUORUM, leader);
            }
        }
    }

    // ---- time

    @Override
    public void onPersisted() {}

    @Override
    public void onTick() {
        if (heardSinceTick) {
            heardSinceTick = false;
            lastHeardNanos = local.nowNanos();
        }
        armTimer();
        for (long readId : reads.removeExpired(local.nowNanos())) {
            local.reject(readId, RejectReason.NO_QUORUM, leader);
        }
        if (local.nowNanos() < electionDeadlineNanos) {
            return;
        }
        if (local.mayCampaign()) {
            core.preCampaign(Math.max(0, earlyTriesLeft - 1));
        } else {
            electionDeadlineNanos = local.randomElectionDeadline();
        }
    }

    private void armTimer() {
        switch (arm) {
            case KEEP -> {}
            case NORMAL -> electionDeadlineNanos = local.randomElectionDeadline();
            case EARLY -> electionDeadlineNanos = local.randomEarlyDeadline();
        }
        arm = Arm.KEEP;
    }

    @Override
    public void onClockJump() {
        arm = Arm.NORMAL;
        armTimer();
    }

    @Override
    public void onPeerLost(NodeId peer, boolean restarted) {
        if (peer.equals(leader) && !leaderGone && local.config.timing().earlyPreVoteTries() > 0) {
            leaderGone = true;
            heardSinceTick = false;
            earlyTriesLeft = local.config.timing().earlyPreVoteTries();
            arm = Arm.EARLY;
        }
    }

    @Override
    public void onFlush() {
        NodeId current = leader;
        if (current != null && reads.hasWaiting()) {
            long token = reads.ask(local.nowNanos() + READ_TIMEOUTS * local.electionTimeoutNanos());
            local.send(current, new Message.ReadIndexRequest(local.currentTerm(), token));
        }
    }

    @Override
    public void onLeave() {
        for (long readId : reads.removeAll()) {
            local.reject(readId, RejectReason.LEADERSHIP_LOST, null);
        }
    }

    /// Also the end of [#isLeaderAlive], so that a vote asked for then is judged by a fresh clock.
    @Override
    public long deadlineNanos() {
        long aliveUntil = lastHeardNanos + local.electionTimeoutNanos();
        return aliveUntil > local.nowNanos() ? Math.min(aliveUntil, electionDeadlineNanos) : electionDeadlineNanos;
    }
}
