package io.gavel.raft;

import io.gavel.raft.check.Invariants;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.NodeId;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// One member's part in Raft, as a function of the events it is given.
///
/// A turn of the driver is: [#step] each event that waits, [#step] one [Event.Tick], [#flush] once, carry out the
/// effects. The first turn after [#recover] must have a tick. The core has no thread, clock, file or socket.
/// Effects of one lane must be carried out in order; between lanes any order and delay is safe.
///
/// Not for concurrent use: confined to the consensus thread. An [io.gavel.raft.check.InvariantViolation] or any
/// other throwable from here means that the process must halt.
public final class RaftCore {
    // How it works, and why. Handlers change state and note what is to be sent; nothing leaves before flush, so
    // that a turn costs one write and one message a peer. A message that vouches for state is held until the
    // journal confirms the write of that state (LocalMember.sendWhenDurable); only a leader's appends, read-round
    // echoes and pre-votes leave at once. Terms are compared here, once, for all roles; a role object only sees
    // messages of the current term and is replaced, never reused, when the role or the term changes.

    /// A tick that jumps by more than this part of an election timeout was preceded by a pause (rule 17).
    private static final int PAUSE_FRACTION = 2;

    /// The driver is woken this often, so that a longer jump of the clock can only be a pause.
    private static final int WAKE_FRACTION = 4;

    private final LocalMember local;
    private Role role;
    private boolean ticked;
    private long lastTickNanos;
    private Effect.@Nullable RoleChanged announced;

    private RaftCore(LocalMember local) {
        this.local = local;
        this.role = new Follower(this, local, null);
    }

    /// A member as it left off, or as it begins.
    ///
    /// @throws IllegalArgumentException when a recovered configuration has an unknown format (rule 28)
    public static RaftCore recover(RaftConfig config, Recovered recovered, RandomGenerator random) {
        return new RaftCore(new LocalMember(config, recovered, random));
    }

    /// Takes in one event; what follows from it is emitted by the next [#flush].
    public void step(Event event) {
        take(event);
        announceRole();
    }

    private void take(Event event) {
        switch (event) {
            case Event.Tick tick -> onTick(tick.nowNanos());
            case Event.Received received -> onReceived(received.from(), received.message());
            case Event.Propose propose -> onPropose(propose);
            case Event.ChangeConfiguration change -> onChangeConfiguration(change);
            case Event.ReadIndex read -> role.onReadIndex(read.readId());
            case Event.TransferLeadership transfer -> onTransferLeadership(transfer);
            case Event.Persisted persisted -> {
                local.onPersisted(persisted.writeId());
                role.onPersisted();
            }
            case Event.Applied applied -> local.onApplied(applied.index());
            case Event.SnapshotTaken taken -> local.onSnapshotTaken(taken.meta());
            case Event.SnapshotInstalled installed -> onSnapshotInstalled(installed.meta());
            case Event.SnapshotSent sent -> {
                if (role instanceof Leader leader) {
                    leader.onSnapshotSent(sent);
                }
            }
            case Event.RangeGone gone -> {
                if (role instanceof Leader leader) {
                    leader.onPeerLost(gone.to(), false);
                }
            }
            case Event.PeerUnreachable unreachable -> {
                if (role instanceof Leader leader) {
                    leader.onPeerLost(unreachable.peer(), false);
                }
            }
            case Event.LossFound loss -> onLossFound(loss.acknowledgedIndex());
            case Event.PeerDisconnected disconnected -> role.onPeerLost(disconnected.peer(), false);
            case Event.PeerRestarted restarted -> role.onPeerLost(restarted.peer(), true);
        }
    }

    /// Emits everything that the events since the last flush made necessary, then checks the invariants.
    public void flush(Effects out) {
        role.onFlush();
        announceRole();
        compact();
        local.flush(out, role instanceof Follower follower ? follower.matchedIndex() : 0);
        checkInvariants();
    }

    /// When the driver must tick again at the latest, on the clock of [Event.Tick].
    public long nextDeadlineNanos() {
        long untilDeadline = Math.max(0, role.deadlineNanos() - local.nowNanos());
        return lastTickNanos + Math.min(untilDeadline, local.electionTimeoutNanos() / WAKE_FRACTION);
    }

    /// A report of this moment.
    public RaftStatus status() {
        return new RaftStatus(
                local.self(),
                role.name(),
                local.hardState(),
                role.leader(),
                local.log.lastEntry(),
                local.persistedIndex(),
                local.commitIndex(),
                local.lastApplied(),
                local.configuration(),
                role instanceof Leader leader ? leader.peerStatus() : List.of(),
                local.snapshot().lastIncluded(),
                local.repairUntil());
    }

    /// Halts with an [io.gavel.raft.check.InvariantViolation] if this member contradicts itself.
    public void checkInvariants() {
        local.checkInvariants();
        if (role instanceof Leader leader) {
            leader.checkInvariants();
        }
    }

    /// Notes a change of role, term or leader among the notices, where it happened: what was answered before it
    /// belongs to the earlier role.
    private void announceRole() {
        Effect.RoleChanged last = announced;
        NodeId leader = role.leader();
        boolean changed = last == null
                || last.role() != role.name()
                || last.term() != local.currentTerm()
                || !Objects.equals(last.leader(), leader);
        if (changed) {
            announced = new Effect.RoleChanged(role.name(), local.currentTerm(), leader);
            local.notice(announced);
        }
    }

    // ---- time

    private void onTick(long nowNanos) {
        long elapsed = ticked ? Math.max(0, nowNanos - lastTickNanos) : 0;
        ticked = true;
        lastTickNanos = nowNanos;
        if (elapsed > local.electionTimeoutNanos() / PAUSE_FRACTION) {
            role.onClockJump();
        } else {
            local.advanceClock(elapsed);
            role.onTick();
        }
    }

    // ---- messages

    private void onReceived(NodeId from, Message message) {
        if (from.equals(local.self())) {
            return;
        }
        switch (message) {
            case Message.PreVote preVote -> onPreVote(from, preVote);
            case Message.RequestVote request -> onRequestVote(from, request);
            case Message.PreVoteReply reply -> onPreVoteReply(from, reply);
            case Message.AppendEntries _, Message.Heartbeat _, Message.InstallSnapshot _, Message.TimeoutNow _ ->
                deliver(from, message, from);
            case Message.VoteReply _,
                    Message.AppendEntriesReply _,
                    Message.ReadRoundEcho _,
                    Message.InstallSnapshotReply _,
                    Message.ReadIndexRequest _,
                    Message.ReadIndexReply _ -> deliver(from, message, null);
        }
    }

    /// Compares terms (§5.1): a newer one is adopted, an older one answered with ours. `leader` is the leader of
    /// the message's term, if the message shows it.
    private void deliver(NodeId from, Message message, @Nullable NodeId leader) {
        if (message.term() > local.currentTerm()) {
            follow(message.term(), leader);
        }
        if (message.term() == local.currentTerm()) {
            role.onMessage(from, message);
        } else {
            answerOldTerm(from, message);
        }
    }

    private void answerOldTerm(NodeId from, Message message) {
        long term = local.currentTerm();
        switch (message) {
            case Message.AppendEntries append ->
                local.sendWhenDurable(
                        from,
                        new Message.AppendEntriesReply(
                                term, false, EntryId.ZERO, append.previous().index()));
            case Message.InstallSnapshot install ->
                local.send(
                        from,
                        new Message.InstallSnapshotReply(
                                term, false, install.meta().lastIncluded()));
            case Message.ReadIndexRequest request ->
                local.send(from, new Message.ReadIndexReply(term, request.readId(), -1));
            // A deposed leader hears of the new term from the answer to its appends.
            case Message.Heartbeat _,
                    Message.PreVote _,
                    Message.PreVoteReply _,
                    Message.RequestVote _,
                    Message.VoteReply _,
                    Message.AppendEntriesReply _,
                    Message.ReadRoundEcho _,
                    Message.InstallSnapshotReply _,
                    Message.TimeoutNow _,
                    Message.ReadIndexReply _ -> {}
        }
    }

    // ---- votes

    private boolean isLeaderAlive() {
        return switch (role) {
            case Leader _ -> true;
            case Follower follower -> follower.isLeaderAlive();
            case Candidate _ -> false;
        };
    }

    /// Would the sender get this vote? Changes nothing here (thesis §9.6).
    private void onPreVote(NodeId from, Message.PreVote preVote) {
        boolean granted = preVote.term() > local.currentTerm()
                && !isLeaderAlive()
                && !local.isRepairing()
                && preVote.lastEntry().compareTo(local.log.lastEntry()) >= 0;
        if (granted && role instanceof Follower follower) {
            follower.onPreVoteGranted();
        }
        long term = granted ? preVote.term() : local.currentTerm();
        local.send(from, new Message.PreVoteReply(term, granted));
    }

    private void onPreVoteReply(NodeId from, Message.PreVoteReply reply) {
        if (!reply.granted() && reply.term() > local.currentTerm()) {
            follow(reply.term(), null);
        } else if (role instanceof Candidate candidate) {
            candidate.onPreVoteReply(from, reply);
        }
    }

    private void onRequestVote(NodeId from, Message.RequestVote request) {
        if (isLeaderAlive() && !request.transfer()) {
            return;
        }
        if (request.term() > local.currentTerm()) {
            follow(request.term(), null);
        }
        NodeId votedFor = local.hardState().votedFor();
        boolean granted = request.term() == local.currentTerm()
                && (votedFor == null || votedFor.equals(from))
                && role instanceof Follower
                && !local.isRepairing()
                && request.lastEntry().compareTo(local.log.lastEntry()) >= 0;
        if (granted && role instanceof Follower follower) {
            local.vote(from);
            follower.onVoteGranted();
            local.sendWhenDurable(from, new Message.VoteReply(local.currentTerm(), true));
        } else {
            local.send(from, new Message.VoteReply(local.currentTerm(), false));
        }
    }

    // ---- transitions

    /// Follows `leader`, or nobody yet, in `term`.
    void follow(long term, @Nullable NodeId leader) {
        if (term > local.currentTerm()) {
            local.adoptTerm(term);
        }
        become(new Follower(this, local, leader));
    }

    /// A candidate met the leader of its term.
    void followAndDeliver(NodeId leader, Message message) {
        follow(local.currentTerm(), leader);
        role.onMessage(leader, message);
    }

    void preCampaign(int earlyTriesLeft) {
        Invariants.check(local.mayCampaign(), "who may not campaign does not ask");
        Candidate candidate = Candidate.preVote(this, local, earlyTriesLeft);
        become(candidate);
        candidate.decide();
    }

    void campaign(boolean transfer, int earlyTriesLeft) {
        Invariants.check(local.mayCampaign(), "who may not campaign does not");
        local.adoptTerm(local.currentTerm() + 1);
        local.vote(local.self());
        become(Candidate.campaign(this, local, transfer, earlyTriesLeft));
    }

    void lead() {
        Invariants.check(local.isHardStateDurable(), "a leader's own vote is durable");
        Invariants.check(local.self().equals(local.hardState().votedFor()), "a leader voted for itself");
        Leader leader = new Leader(this, local);
        become(leader);
        leader.begin();
    }

    private void become(Role next) {
        role.onLeave();
        role = next;
    }

    /// Whether this member decides alone, so that there is nobody to wait for.
    boolean isOnlyVoter() {
        Configuration configuration = local.configuration();
        return configuration.allVoters().size() == 1 && configuration.isVoter(local.self());
    }

    // ---- requests

    private void onPropose(Event.Propose propose) {
        if (role instanceof Leader leader) {
            leader.onPropose(propose);
        } else {
            local.reject(propose.proposalId(), RejectReason.NOT_LEADER, role.leader());
        }
    }

    private void onChangeConfiguration(Event.ChangeConfiguration change) {
        if (role instanceof Leader leader) {
            leader.onChangeConfiguration(change);
        } else {
            local.reject(change.proposalId(), RejectReason.NOT_LEADER, role.leader());
        }
    }

    private void onTransferLeadership(Event.TransferLeadership transfer) {
        if (role instanceof Leader leader) {
            leader.onTransferLeadership(transfer);
        } else {
            local.reject(transfer.proposalId(), RejectReason.NOT_LEADER, role.leader());
        }
    }

    // ---- repair

    /// What it acknowledged was counted by others: until it has that back it must not help to elect a leader
    /// that lacks it, nor lead (rules 21, 25).
    private void onLossFound(long acknowledgedIndex) {
        if (local.beginRepair(acknowledgedIndex) && !(role instanceof Follower)) {
            follow(local.currentTerm(), null);
        }
    }

    // ---- snapshots

    private void onSnapshotInstalled(SnapshotMeta meta) {
        local.onSnapshotInstalled(meta);
        if (role instanceof Follower follower) {
            follower.onSnapshotInstalled(meta.lastIncluded());
        }
    }

    /// Gives up what a snapshot covers, except what peers may still want within the limits of the retention.
    private void compact() {
        if (local.takeCompactionDue()) {
            long through = local.snapshot().lastIncluded().index()
                    - local.config.retention().trailingEntries();
            if (through > local.log.baseIndex()) {
                local.compactThrough(role instanceof Leader leader ? leader.keepForPeers(through) : through);
            }
        }
    }
}
