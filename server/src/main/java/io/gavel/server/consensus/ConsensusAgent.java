package io.gavel.server.consensus;

import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.Outcome;
import io.gavel.raft.Effects;
import io.gavel.raft.Event;
import io.gavel.raft.Message;
import io.gavel.raft.Payload;
import io.gavel.raft.RaftCore;
import io.gavel.raft.RaftStatus;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.agent.Agent;
import io.gavel.server.api.ClusterView;
import io.gavel.server.api.CommandValidator;
import io.gavel.server.api.TurnEnd;
import io.gavel.server.consensus.ApplyInput.ExpectedRenewal;
import io.gavel.server.consensus.ClientWaiters.Waiter;
import io.gavel.server.consensus.ConsensusInbox.PeerInput;
import io.gavel.server.entry.Envelope;
import io.gavel.server.entry.v1.Renewal;
import io.gavel.server.entry.v1.ServerCommand;
import io.gavel.server.leader.LeaderDuties;
import io.gavel.server.transport.LinkedMembers;
import io.gavel.server.transport.PeerMessage;
import io.gavel.server.transport.PeerTransport;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Drives the core: a turn drains what has arrived, steps it, ticks once and flushes once (rule 17).
///
/// Everything a turn decides leaves together: one journal write, one message a peer, one batch for apply. Confined to
/// its thread; others reach it through [ConsensusInbox] and see it through [#view()].
public final class ConsensusAgent implements Agent {
    // Why the order of a turn matters. The leader's own entries come first: a clock entry must not be younger than a
    // command whose deadline depends on it, and carries only renewals that were here before this turn's clock reading
    // (rule 1). The tick comes last: heartbeats that waited in the inbox are heard before anybody times out.

    private static final int MAX_REQUESTS_PER_TURN = 4_096;
    private static final long STATUS_INTERVAL_NANOS = 50_000_000;
    private static final long NOTE_DURABLY_NANOS = 1_000_000_000;
    private static final Logger log = LoggerFactory.getLogger(ConsensusAgent.class);

    /// Where the agent stands in its node.
    ///
    /// @param firstRenewalId where this process starts to count renewals; no other start of this member may use the
    ///     same numbers
    /// @param backlogLimitNanos admission closes when a command waits longer than this behind others
    public record Setup(
            NodeId self,
            long clockIntervalNanos,
            long backlogLimitNanos,
            long firstRenewalId,
            Announcement announcement) {}

    /// The agent's neighbours.
    public record Ports(
            ConsensusInbox inbox, Lanes lanes, ApplyAgent apply, PeerTransport transport, TurnEnd turnEnd) {}

    private final Setup setup;
    private final Ports ports;
    private final RaftCore core;
    private final Effects effects = new Effects();
    private final ClientWaiters waiters = new ClientWaiters();
    private final BacklogGauge backlog;
    private final LeaderDuties duties;
    private final LeaderReports reports;
    private final EffectDispatcher dispatcher;
    private final LinkedMembers linked;
    private final OperatorSteps operators;

    private final Consumer<Event> onEvent;
    private final Consumer<PeerInput> onPeer = this::onPeer;
    private final Consumer<ClientRequest> onRequest = this::onRequest;

    private final List<PeerMessage.SessionRenewal> renewalsToForward = new ArrayList<>();
    private List<ExpectedRenewal> expectedRenewals = new ArrayList<>();
    private List<ClientRequest.Read> reads = new ArrayList<>();
    private long nextRenewalId;
    private long now;
    private long statusDueNanos;
    private long announceDueNanos;
    private long noteDurablyDueNanos;
    private final ElectionCounts elections = new ElectionCounts();
    private volatile RaftStatus lastStatus;
    private volatile LeaderView view;

    public ConsensusAgent(Setup setup, Ports ports, RaftCore core) {
        this.setup = setup;
        this.ports = ports;
        this.core = core;
        this.onEvent = core::step;
        this.nextRenewalId = setup.firstRenewalId();
        this.backlog = new BacklogGauge(setup.backlogLimitNanos());
        this.duties = new LeaderDuties(setup.self(), setup.clockIntervalNanos(), ports.apply(), this::proposeOwn);
        this.reports = new LeaderReports(setup.self(), ports.apply(), ports.transport(), duties);
        this.lastStatus = core.status();
        this.view = viewOf(lastStatus);
        this.dispatcher = new EffectDispatcher(setup.self(), this, ports, waiters, duties, backlog);
        if (view.condition().repair() != null) {
            onRepair(view.condition());
        }
        this.operators = new OperatorSteps(setup.self(), core, waiters, ports.transport(), duties);
        this.linked = new LinkedMembers(ports.transport(), view.configuration());
        duties.onConfiguration(view.configuration());
    }

    /// The core's newest report, at most 50 ms late while there is work. Any thread.
    public RaftStatus lastStatus() {
        return lastStatus;
    }

    /// What was counted of elections. Any thread.
    public ElectionCounts elections() {
        return elections;
    }

    /// What the agent knows of leadership and membership; immutable. Any thread.
    LeaderView view() {
        return view;
    }

    /// A fresh report of the core; for whoever drives this agent, between two turns.
    public RaftStatus status() {
        return core.status();
    }

    @Override
    public int doWork(long nowNanos) {
        now = nowNanos;
        backlog.onTurnStart(ports.apply().published().lastApplied().index(), nowNanos);
        duties.onTurnStart(nowNanos);
        int work = ports.inbox().drainEvents(onEvent);
        work += ports.inbox().drainPeers(onPeer);
        work += ports.inbox().drainRequests(onRequest, MAX_REQUESTS_PER_TURN);
        announce();
        operators.handOverWithoutRoom(now);
        stepReads();
        core.step(new Event.Tick(nowNanos));
        core.flush(effects);
        work += effects.size();
        handOverRenewals();
        dispatcher.dispatch(effects, nowNanos);
        reports.report(view, ports.lanes().isDiskShort(), nowNanos);
        work += waiters.expire(nowNanos);
        if ((work > 0 && nowNanos >= statusDueNanos) || isConditionNews()) {
            publishStatus();
        }
        ports.transport().flush();
        ports.turnEnd().onTurnEnd();
        return work;
    }

    @Override
    public long nextDeadlineNanos() {
        long deadline = Math.min(core.nextDeadlineNanos(), waiters.nextDeadlineNanos());
        return Math.min(deadline, duties.nextDeadlineNanos());
    }

    /// Takes a fresh report of the core: after a change of role or configuration, and now and then.
    void publishStatus() {
        LeaderView before = view;
        RaftStatus report = core.status();
        LeaderView fresh = viewOf(report);
        lastStatus = report;
        view = fresh;
        noteAcknowledged(report);
        if (fresh.condition().repairUntil() != before.condition().repairUntil()) {
            onRepair(fresh.condition());
        }
        statusDueNanos = now + STATUS_INTERVAL_NANOS;
        linked.follow(fresh.configuration(), now);
        if (!fresh.configuration().equals(before.configuration())) {
            duties.onConfiguration(fresh.configuration());
        }
    }

    /// Lets the transport remember what each peer acknowledged and this leader counted (rule 21).
    private void noteAcknowledged(RaftStatus report) {
        boolean durably = !report.peers().isEmpty() && now >= noteDurablyDueNanos;
        if (durably) {
            noteDurablyDueNanos = now + NOTE_DURABLY_NANOS;
        }
        for (RaftStatus.PeerStatus peer : report.peers()) {
            long index = Math.min(peer.matchIndex(), report.commitIndex());
            ports.transport().acknowledged(peer.peer(), index, durably);
        }
    }

    private void onRepair(ClusterView.Condition condition) {
        String repair = condition.repair();
        ports.transport().repairing(repair != null);
        if (repair == null) {
            log.info("the log is whole again: this member may vote");
        } else {
            log.warn("this member does not vote: {}", repair);
        }
    }

    /// A configuration is committed, by the log or by a snapshot in its place.
    void onConfigurationCommitted(Configuration configuration) {
        linked.onCommitted(configuration, now);
        publishStatus();
    }

    private LeaderView viewOf(RaftStatus report) {
        return new LeaderView(
                report.role(),
                report.hardState().currentTerm(),
                report.leader(),
                report.configuration(),
                report.commitIndex(),
                new ClusterView.Condition(duties.refusesGrowth(), duties.dispute(), report.repairUntil()));
    }

    private boolean isConditionNews() {
        ClusterView.Condition published = view.condition();
        return published.growthRefused() != duties.refusesGrowth()
                || !Objects.equals(published.writesStopped(), duties.dispute());
    }

    // ---- the leader's own entries

    private void proposeOwn(LeaderDuties.Duty duty, ServerCommand command) {
        propose(new Waiter.Own(duty), command);
    }

    private void propose(Waiter waiter, ServerCommand command) {
        core.step(new Event.Propose(waiters.add(waiter), envelope(command), true));
    }

    private Payload envelope(ServerCommand command) {
        int featureLevel = ports.apply().published().featureLevel();
        return Payload.wrap(Envelope.ofServer(featureLevel, command.toByteArray()));
    }

    /// Says where clients reach this member, until the log says so too.
    private void announce() {
        NodeId leader = view.leader();
        if (leader == null
                || now < announceDueNanos
                || setup.announcement().isIn(ports.apply().announced())) {
            return;
        }
        if (!view.configuration().contains(setup.self())) {
            return;
        }
        announceDueNanos = now + Announcement.RETRY_NANOS;
        Waiter waiter = new Waiter.Announcement(announceDueNanos);
        if (view.isLeader()) {
            propose(waiter, setup.announcement().command());
        } else {
            Payload envelope = envelope(setup.announcement().command());
            ports.transport()
                    .send(
                            leader,
                            new PeerMessage.ForwardedProposal(waiters.add(waiter), Announcement.RETRY_NANOS, envelope));
        }
    }

    // ---- clients of this member

    private void onRequest(ClientRequest request) {
        switch (request) {
            case ClientRequest.Propose propose -> onPropose(propose);
            case ClientRequest.Read read -> {
                if (read.deadlineNanos() <= now) {
                    read.done().done(Answers.deadline(Outcome.NOT_APPLIED));
                } else {
                    reads.add(read);
                }
            }
            case ClientRequest.Renew renew -> onRenew(renew);
            case ClientRequest.Control control -> operators.onRequest(control, view, now);
        }
    }

    private void onPropose(ClientRequest.Propose request) {
        NodeId leader = view.leader();
        if (request.deadlineNanos() <= now) {
            request.done().accept(Answers.result(Answers.deadline(Outcome.NOT_APPLIED)));
        } else if (leader == null) {
            request.done().accept(Answers.result(Answers.noLeader()));
        } else if (!view.isLeader()) {
            forward(request, leader);
        } else {
            Error refusal = refusal(request.envelope());
            if (refusal != null) {
                request.done().accept(Answers.result(refusal));
            } else {
                core.step(new Event.Propose(waiters.add(new Waiter.Local(request)), request.envelope()));
            }
        }
    }

    /// Why a client's command must not enter the log now; null = it may. Asked before proposing, never in
    /// apply.
    private @Nullable Error refusal(Payload envelope) {
        String dispute = duties.dispute();
        if (dispute != null) {
            return Answers.writesStopped(dispute);
        }
        if (backlog.isOverloaded()) {
            return Answers.overloaded("commands take too long to be committed");
        }
        return duties.refusesGrowth() && CommandValidator.grows(envelope) ? Answers.storageFull() : null;
    }

    private void forward(ClientRequest.Propose request, NodeId leader) {
        long id = waiters.nextId();
        PeerMessage message = new PeerMessage.ForwardedProposal(id, request.deadlineNanos() - now, request.envelope());
        if (ports.transport().send(leader, message)) {
            waiters.put(id, new Waiter.Forwarded(request));
        } else {
            request.done().accept(Answers.result(Answers.leaderOutOfReach(leader)));
        }
    }

    private void onRenew(ClientRequest.Renew renew) {
        NodeId leader = view.leader();
        if (leader == null) {
            renew.done().accept(Answers.noLeader());
            return;
        }
        long id = nextRenewalId++;
        if (!view.isLeader()) {
            renewalsToForward.add(new PeerMessage.SessionRenewal(renew.sessionId(), renew.proof(), id));
        } else if (!duties.offerRenewal(renewal(setup.self(), renew.sessionId(), renew.proof(), id))) {
            renew.done().accept(Answers.overloaded("too many renewals wait for the next clock entry"));
            return;
        }
        expectedRenewals.add(new ExpectedRenewal(id, renew.deadlineNanos(), renew.done()));
    }

    private static Renewal renewal(NodeId origin, long sessionId, long proof, long renewalId) {
        return Renewal.newBuilder()
                .setSessionId(sessionId)
                .setProof(proof)
                .setOriginMember(origin.value())
                .setRenewalId(renewalId)
                .build();
    }

    private void stepReads() {
        if (!reads.isEmpty()) {
            long id = waiters.add(new Waiter.Reads(reads));
            reads = new ArrayList<>();
            core.step(new Event.ReadIndex(id));
        }
    }

    /// Renewals must be expected before the entry that carries them can be applied.
    private void handOverRenewals() {
        if (!expectedRenewals.isEmpty()) {
            if (!ports.apply().offer(new ApplyInput.ExpectRenewals(expectedRenewals))) {
                expectedRenewals.forEach(renewal -> renewal.done().accept(Answers.appliesTooSlowly()));
            }
            expectedRenewals = new ArrayList<>();
        }
        NodeId leader = view.leader();
        if (!renewalsToForward.isEmpty() && leader != null) {
            ports.transport().send(leader, new PeerMessage.ForwardedRenewals(List.copyOf(renewalsToForward)));
            renewalsToForward.clear();
        }
    }

    // ---- peers

    private void onPeer(PeerInput input) {
        NodeId from = input.from();
        switch (input.message()) {
            case PeerMessage.Consensus consensus -> onConsensus(from, consensus.message());
            case PeerMessage.ForwardedProposal forwarded -> onForwarded(from, forwarded);
            case PeerMessage.ForwardedProposalReply reply -> dispatcher.onForwardReply(reply);
            case PeerMessage.ForwardedRenewals forwarded -> {
                for (PeerMessage.SessionRenewal renewal : forwarded.renewals()) {
                    duties.offerRenewal(renewal(from, renewal.sessionId(), renewal.proof(), renewal.renewalId()));
                }
            }
            case PeerMessage.ForwardedControl forwarded -> operators.onForwarded(from, forwarded, view, now);
            case PeerMessage.ForwardedControlReply reply -> operators.onReply(from, reply, view);
            case PeerMessage.DigestReport report -> duties.onDigest(from, report.checkpoint());
            case PeerMessage.SpaceReport report -> duties.onSpace(from, report.isShort());
        }
    }

    private void onConsensus(NodeId from, Message message) {
        core.step(new Event.Received(from, message));
    }

    private void onForwarded(NodeId from, PeerMessage.ForwardedProposal forwarded) {
        if (!view.isLeader()) {
            dispatcher.refuse(from, forwarded.requestId(), Answers.noLeader());
        } else if (forwarded.remainingNanos() <= 0) {
            dispatcher.refuse(from, forwarded.requestId(), Answers.deadline(Outcome.NOT_APPLIED));
        } else {
            Error refusal = refusal(forwarded.envelope());
            if (refusal != null) {
                dispatcher.refuse(from, forwarded.requestId(), refusal);
            } else {
                long id = waiters.add(new Waiter.Remote(from, forwarded.requestId()));
                core.step(new Event.Propose(id, forwarded.envelope()));
            }
        }
    }
}
