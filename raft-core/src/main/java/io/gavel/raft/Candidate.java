package io.gavel.raft;

import io.gavel.raft.check.Invariants;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.NodeId;
import io.gavel.raft.quorum.VoteTally;
import org.jspecify.annotations.Nullable;

/// Asks for votes, or asks beforehand whether it would get them (Raft paper §5.2, thesis §9.6).
///
/// | event | then |
/// | --- | --- |
/// | quorum of pre-votes | candidate in the next term |
/// | quorum of votes, its own included once durable (rule 12) | leader |
/// | no outcome in time | pre-candidate again |
/// | a message of the term's leader, or of a higher term | follower |
final class Candidate implements Role {
    private final RaftCore core;
    private final LocalMember local;
    private final boolean preVote;
    private final VoteTally tally = new VoteTally();
    private final long deadlineNanos;

    /// Tries with a short wait that are left after this one (rule 15).
    private final int earlyTriesLeft;

    private Candidate(RaftCore core, LocalMember local, boolean preVote, int earlyTriesLeft) {
        this.core = core;
        this.local = local;
        this.preVote = preVote;
        this.earlyTriesLeft = earlyTriesLeft;
        this.deadlineNanos = deadline();
    }

    /// Asks whether votes could be won; changes neither term nor vote.
    static Candidate preVote(RaftCore core, LocalMember local, int earlyTriesLeft) {
        Candidate candidate = new Candidate(core, local, true, earlyTriesLeft);
        candidate.tally.record(local.self(), true);
        for (Member voter : local.configuration().allVoters()) {
            if (!voter.id().equals(local.self())) {
                local.send(voter.id(), new Message.PreVote(local.currentTerm() + 1, local.log.lastEntry()));
            }
        }
        return candidate;
    }

    /// Asks for votes in the current term, which the caller has just begun and voted in.
    static Candidate campaign(RaftCore core, LocalMember local, boolean transfer, int earlyTriesLeft) {
        Candidate candidate = new Candidate(core, local, false, earlyTriesLeft);
        Invariants.check(local.self().equals(local.hardState().votedFor()), "a candidate votes for itself");
        for (Member voter : local.configuration().allVoters()) {
            if (!voter.id().equals(local.self())) {
                local.sendWhenDurable(
                        voter.id(), new Message.RequestVote(local.currentTerm(), local.log.lastEntry(), transfer));
            }
        }
        return candidate;
    }

    private long deadline() {
        if (earlyTriesLeft == 0) {
            return local.randomElectionDeadline();
        }
        long early = local.randomEarlyDeadline();
        // A campaign waits for disks as well as for the network.
        return preVote ? early : early + 2 * local.config.timing().earlyPreVoteMaxNanos();
    }

    @Override
    public RaftStatus.RoleName name() {
        return preVote ? RaftStatus.RoleName.PRE_CANDIDATE : RaftStatus.RoleName.CANDIDATE;
    }

    @Override
    public @Nullable NodeId leader() {
        return null;
    }

    void onPreVoteReply(NodeId from, Message.PreVoteReply reply) {
        if (preVote && (!reply.granted() || reply.term() == local.currentTerm() + 1)) {
            tally.record(from, reply.granted());
            decide();
        }
    }

    @Override
    public void onMessage(NodeId from, Message message) {
        switch (message) {
            case Message.VoteReply reply -> {
                if (!preVote) {
                    tally.record(from, reply.granted());
                    decide();
                }
            }
            case Message.AppendEntries _, Message.Heartbeat _, Message.InstallSnapshot _, Message.TimeoutNow _ ->
                core.followAndDeliver(from, message);
            case Message.ReadIndexRequest request ->
                local.send(from, new Message.ReadIndexReply(local.currentTerm(), request.readId(), -1));
            case Message.PreVote _,
                    Message.PreVoteReply _,
                    Message.RequestVote _,
                    Message.AppendEntriesReply _,
                    Message.ReadRoundEcho _,
                    Message.InstallSnapshotReply _,
                    Message.ReadIndexReply _ -> {}
        }
    }

    /// Acts on the outcome; a lost campaign waits for its deadline, so that the winner can show itself. So does a
    /// pre-vote that was won after the disk stalled (rule 16).
    void decide() {
        if (tally.outcome(local.configuration()) != VoteTally.Outcome.WON) {
            return;
        }
        if (!preVote) {
            core.lead();
        } else if (local.mayCampaign()) {
            core.campaign(false, earlyTriesLeft);
        }
    }

    @Override
    public void onReadIndex(long readId) {
        local.reject(readId, RejectReason.NOT_LEADER, null);
    }

    @Override
    public void onPersisted() {
        if (!preVote && local.isHardStateDurable()) {
            tally.record(local.self(), true);
            decide();
        }
    }

    @Override
    public void onTick() {
        if (local.nowNanos() >= deadlineNanos) {
            if (local.mayCampaign()) {
                core.preCampaign(Math.max(0, earlyTriesLeft - 1));
            } else {
                core.follow(local.currentTerm(), null);
            }
        }
    }

    @Override
    public void onClockJump() {}

    @Override
    public void onPeerLost(NodeId peer, boolean restarted) {}

    @Override
    public void onFlush() {}

    @Override
    public void onLeave() {}

    @Override
    public long deadlineNanos() {
        return deadlineNanos;
    }
}
