package io.gavel.server.consensus;

import io.gavel.protocol.v1.Error;
import io.gavel.raft.Effect;
import io.gavel.raft.Effects;
import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.EntryKind;
import io.gavel.raft.RaftStatus.RoleName;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.consensus.ApplyInput.ExpectedRead;
import io.gavel.server.consensus.ApplyInput.ExpectedResult;
import io.gavel.server.consensus.ClientWaiters.Waiter;
import io.gavel.server.leader.LeaderDuties;
import io.gavel.server.transport.PeerMessage;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries out what a turn of the core asked for: one switch over all effects. Confined to the consensus agent.
///
/// Notices come first, then the lanes in the core's order. So a client's entry is expected on the apply agent before
/// it can be applied, and the answer to a forwarded command goes ahead of the append that carries its entry, on the
/// same stream: its sender knows the entry before it can apply it.
final class EffectDispatcher {
    private static final Logger log = LoggerFactory.getLogger(EffectDispatcher.class);

    private final NodeId self;
    private final ConsensusAgent agent;
    private final ConsensusAgent.Ports ports;
    private final ClientWaiters waiters;
    private final LeaderDuties duties;
    private final BacklogGauge backlog;
    private final List<Effect> lanes = new ArrayList<>();
    private List<ExpectedResult> expected = new ArrayList<>();
    private boolean statusChanged;
    private long now;

    EffectDispatcher(
            NodeId self,
            ConsensusAgent agent,
            ConsensusAgent.Ports ports,
            ClientWaiters waiters,
            LeaderDuties duties,
            BacklogGauge backlog) {
        this.self = self;
        this.agent = agent;
        this.ports = ports;
        this.waiters = waiters;
        this.duties = duties;
        this.backlog = backlog;
    }

    void dispatch(Effects effects, long nowNanos) {
        now = nowNanos;
        effects.drain(effect -> {
            if (effect instanceof Effect.Notice) {
                carryOut(effect);
            } else {
                lanes.add(effect);
            }
        });
        handOverExpected();
        for (Effect effect : lanes) {
            carryOut(effect);
        }
        lanes.clear();
        if (statusChanged) {
            statusChanged = false;
            agent.publishStatus();
        }
    }

    private void carryOut(Effect effect) {
        switch (effect) {
            case Effect.Persist persist -> {
                statusChanged |= touchesConfiguration(persist);
                ports.lanes().journal(persist);
            }
            case Effect.ResetLog reset -> {
                agent.onConfigurationCommitted(reset.meta().configuration());
                ports.lanes().journal(reset);
            }
            case Effect.ForJournal other -> ports.lanes().journal(other);
            case Effect.Send send -> ports.transport().send(send.to(), new PeerMessage.Consensus(send.message()));
            case Effect.SendSnapshot send -> ports.lanes().sendSnapshot(send.to(), send.term());
            case Effect.ForApply work -> ports.apply().submit(new ApplyInput.Work(work));
            case Effect.ReadReady ready -> onReadReady(ready);
            case Effect.ProposalAppended appended -> onAppended(appended.proposalId(), appended.id());
            case Effect.Rejected rejected -> onRejected(rejected);
            case Effect.RoleChanged changed -> onRoleChanged(changed);
            case Effect.ConfigurationCommitted committed -> {
                log.info("configuration committed at {}: {}", committed.index(), committed.configuration());
                // Whoever is answered below may ask at once who the members are.
                agent.onConfigurationCommitted(committed.configuration());
                if (!committed.configuration().contains(self)) {
                    log.warn("member {} was removed from the cluster: stop it, its data is of no more use", self);
                }
                waiters.onConfigurationCommitted(committed.index(), committed.configuration());
            }
        }
    }

    private static boolean touchesConfiguration(Effect.Persist persist) {
        if (persist.truncateFrom() > 0) {
            return true;
        }
        for (Entry entry : persist.entries()) {
            if (entry.kind() == EntryKind.CONFIGURATION) {
                return true;
            }
        }
        return false;
    }

    private void handOverExpected() {
        if (!expected.isEmpty()) {
            ports.apply().submit(new ApplyInput.ExpectResults(expected));
            expected = new ArrayList<>();
        }
    }

    private void onReadReady(Effect.ReadReady ready) {
        if (waiters.remove(ready.readId()) instanceof Waiter.Reads group) {
            if (ready.readIndex() <= ports.apply().published().lastApplied().index()) {
                for (ClientRequest.Read read : group.reads()) {
                    read.done().done(null);
                }
                return;
            }
            List<ExpectedRead> waiting = new ArrayList<>(group.reads().size());
            for (ClientRequest.Read read : group.reads()) {
                waiting.add(new ExpectedRead(read.deadlineNanos(), read.done()));
            }
            if (!ports.apply().offer(new ApplyInput.AwaitApplied(ready.readIndex(), waiting))) {
                waiting.forEach(read -> read.done().done(Answers.appliesTooSlowly()));
            }
        }
    }

    private void onAppended(long proposalId, EntryId id) {
        backlog.onAppended(id.index(), now);
        switch (waiters.remove(proposalId)) {
            case Waiter.Local local -> expected.add(ClientWaiters.expected(id, local.request()));
            case Waiter.Remote remote ->
                ports.transport()
                        .send(remote.from(), new PeerMessage.ForwardedProposalReply(remote.requestId(), id, null));
            case Waiter.Own own -> duties.onAppended(own.duty(), id);
            case Waiter.Change change ->
                waiters.put(proposalId, new Waiter.Change(id, change.deadlineNanos(), change.done()));
            case Waiter.Announcement _,
                    Waiter.Reads _,
                    Waiter.Transfer _,
                    Waiter.Forwarded _,
                    Waiter.ForwardedControl _ -> {}
            case null -> {}
        }
    }

    private void onRejected(Effect.Rejected rejected) {
        Error error = Answers.rejected(rejected.reason(), rejected.leader());
        switch (waiters.remove(rejected.correlationId())) {
            case Waiter.Remote remote -> refuse(remote.from(), remote.requestId(), error);
            case Waiter.Own own -> duties.onRejected(own.duty());
            case null -> {}
            case Waiter waiter -> ClientWaiters.answer(waiter, error);
        }
    }

    /// Tells another member that its forwarded command did not reach the log.
    void refuse(NodeId to, long requestId, Error error) {
        ports.transport().send(to, new PeerMessage.ForwardedProposalReply(requestId, null, error));
    }

    /// The leader said where a forwarded command stands in its log, or that it does not.
    void onForwardReply(PeerMessage.ForwardedProposalReply reply) {
        if (!(waiters.remove(reply.requestId()) instanceof Waiter.Forwarded forwarded)) {
            return;
        }
        EntryId entry = reply.entry();
        Error error = reply.error();
        if (entry != null) {
            expected.add(ClientWaiters.expected(entry, forwarded.request()));
        } else if (error != null) {
            forwarded.request().done().accept(Answers.result(error));
        }
    }

    private void onRoleChanged(Effect.RoleChanged changed) {
        boolean leads = changed.role() == RoleName.LEADER;
        log.info("role {} in term {}, leader {}", changed.role(), changed.term(), changed.leader());
        agent.elections().onRoleChanged(changed);
        handOverExpected();
        ports.apply().submit(new ApplyInput.LeaderChanged());
        // Whoever is answered below may ask at once who leads.
        agent.publishStatus();
        waiters.onLeaderChanged(changed.leader(), self);
        backlog.reset();
        if (leads) {
            duties.onElected(now);
        } else {
            duties.onDeposed();
        }
    }
}
