package io.gavel.server.consensus;

import io.gavel.protocol.v1.Error;
import io.gavel.raft.Event;
import io.gavel.raft.RaftCore;
import io.gavel.raft.RaftStatus;
import io.gavel.raft.RejectReason;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.consensus.ClientWaiters.Waiter;
import io.gavel.server.leader.LeaderDuties;
import io.gavel.server.transport.PeerMessage;
import io.gavel.server.transport.PeerMessage.ControlRequest;
import io.gavel.server.transport.PeerTransport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Changes of members and of leadership: carried out by the leader, passed on to it by every other member. Confined to
/// the consensus agent.
final class OperatorSteps {
    private static final long HAND_OVER_RETRY_NANOS = 5_000_000_000L;
    private static final Logger log = LoggerFactory.getLogger(OperatorSteps.class);

    private final NodeId self;
    private final RaftCore core;
    private final ClientWaiters waiters;
    private final PeerTransport transport;
    private final LeaderDuties duties;
    private long handOverDueNanos;

    OperatorSteps(NodeId self, RaftCore core, ClientWaiters waiters, PeerTransport transport, LeaderDuties duties) {
        this.self = self;
        this.core = core;
        this.waiters = waiters;
        this.transport = transport;
        this.duties = duties;
    }

    /// An operator asks this member.
    void onRequest(ClientRequest.Control control, LeaderView view, long nowNanos) {
        NodeId leader = view.leader();
        if (leader == null) {
            control.done().accept(Answers.noLeader());
        } else if (view.isLeader()) {
            lead(control.request(), control.deadlineNanos(), control.done());
        } else {
            long id = waiters.nextId();
            PeerMessage message =
                    new PeerMessage.ForwardedControl(id, control.deadlineNanos() - nowNanos, control.request());
            if (transport.send(leader, message)) {
                waiters.put(id, new Waiter.ForwardedControl(control));
            } else {
                control.done().accept(Answers.leaderOutOfReach(leader));
            }
        }
    }

    /// An operator asked another member, which takes this one for the leader.
    void onForwarded(NodeId from, PeerMessage.ForwardedControl forwarded, LeaderView view, long nowNanos) {
        Consumer<@Nullable Error> reply =
                error -> transport.send(from, new PeerMessage.ForwardedControlReply(forwarded.requestId(), error));
        if (view.isLeader()) {
            lead(forwarded.request(), nowNanos + forwarded.remainingNanos(), reply);
        } else {
            reply.accept(Answers.noLeader());
        }
    }

    /// What came of a step that was passed on. The old leader may say that leadership moved before the new one has:
    /// the asker hears of it when this member knows who leads.
    void onReply(NodeId from, PeerMessage.ForwardedControlReply reply, LeaderView view) {
        if (waiters.remove(reply.requestId()) instanceof Waiter.ForwardedControl control) {
            boolean early = reply.error() == null
                    && control.request().request() instanceof ControlRequest.TransferLeadership transfer
                    && !from.equals(transfer.to())
                    && (view.leader() == null || view.leader().equals(from));
            if (early) {
                waiters.put(reply.requestId(), control);
            } else {
                control.request().done().accept(reply.error());
            }
        }
    }

    private void lead(ControlRequest request, long deadlineNanos, Consumer<@Nullable Error> done) {
        switch (request) {
            case ControlRequest.ChangeMembership membership -> {
                long id = waiters.add(new Waiter.Change(null, deadlineNanos, done));
                core.step(new Event.ChangeConfiguration(id, membership.change()));
            }
            case ControlRequest.TransferLeadership transfer -> {
                NodeId target = transfer.to() != null ? transfer.to() : bestSuccessor();
                if (target == null) {
                    done.accept(Answers.rejected(RejectReason.TRANSFER_FAILED, self));
                } else if (target.equals(self)) {
                    done.accept(null);
                } else {
                    transfer(target, new Waiter.Transfer(transfer.to(), deadlineNanos, done));
                }
            }
        }
    }

    private void transfer(NodeId target, Waiter.Transfer waiter) {
        core.step(new Event.TransferLeadership(waiters.add(waiter), target));
    }

    /// A leader without room on its disk leaves to one that has it, so that the state may grow again (rule
    /// 26).
    void handOverWithoutRoom(long nowNanos) {
        if (nowNanos < handOverDueNanos || !duties.shouldHandOver()) {
            return;
        }
        handOverDueNanos = nowNanos + HAND_OVER_RETRY_NANOS;
        NodeId target = bestSuccessor();
        if (target != null) {
            log.warn("too little disk space is free: handing leadership over to member {}", target);
            transfer(target, new Waiter.Transfer(null, handOverDueNanos, _ -> {}));
        }
    }

    /// The active voter that holds most of the log.
    private @Nullable NodeId bestSuccessor() {
        RaftStatus report = core.status();
        RaftStatus.PeerStatus best = null;
        for (RaftStatus.PeerStatus peer : report.peers()) {
            boolean eligible =
                    peer.active() && report.configuration().isVoter(peer.peer()) && duties.hasRoom(peer.peer());
            if (eligible && (best == null || peer.matchIndex() > best.matchIndex())) {
                best = peer;
            }
        }
        return best == null ? null : best.peer();
    }
}
