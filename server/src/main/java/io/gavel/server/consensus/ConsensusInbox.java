package io.gavel.server.consensus;

import io.gavel.raft.Event;
import io.gavel.raft.SnapshotMeta;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.agent.ExitCode;
import io.gavel.server.agent.HaltException;
import io.gavel.server.agent.Mailbox;
import io.gavel.server.transport.PeerListener;
import io.gavel.server.transport.PeerMessage;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/// Everything that reaches the consensus agent, in four queues, so that none can crowd out another (rule 36):
/// completions of this node's own agents, urgent peer messages, ordinary ones, and clients' requests.
///
/// Sending: any thread. Draining: the consensus agent.
public final class ConsensusInbox implements PeerListener {
    /// A message and its sender.
    record PeerInput(Sender sender, PeerMessage message) {
        NodeId from() {
            return sender.id();
        }

        long weight() {
            return message.weight();
        }
    }

    /// Completions are bounded by what the core asked for; so many outstanding at once is a bug of ours.
    private static final Mailbox.Limits EVENTS = new Mailbox.Limits(65_536, Long.MAX_VALUE / 2);

    private static final Mailbox.Limits RESERVED = new Mailbox.Limits(16_384, 16L << 20);
    private static final int MAX_PEER_MESSAGES = 8_192;

    private final Mailbox<Event> events;
    private final Mailbox<PeerInput> peers;
    private final Mailbox<ClientRequest> clients;
    private final LongAdder rejected = new LongAdder();
    private final Runnable wake;
    private volatile long applied;
    private long steppedApplied;

    /// `limits` bound peers' messages and clients' requests, each.
    public ConsensusInbox(Mailbox.Limits limits, Runnable wake) {
        this.wake = wake;
        this.events = new Mailbox<>(EVENTS, new Mailbox.Limits(2, 2), _ -> 1, wake);
        this.peers = new Mailbox<>(limits, RESERVED, PeerInput::weight, wake);
        this.clients = new Mailbox<>(limits, RESERVED, ClientRequest::weight, wake);
    }

    /// Hands over what one of this node's agents completed.
    public void complete(Event event) {
        if (!events.offer(event)) {
            throw new HaltException(ExitCode.INVARIANT_VIOLATED, "more completions than the core can have asked for");
        }
    }

    /// Everything through `index` took effect; only the newest value counts.
    void applied(long index) {
        applied = index;
        wake.run();
    }

    /// False = full.
    boolean request(ClientRequest request) {
        boolean accepted = switch (request) {
            case ClientRequest.Propose _, ClientRequest.Read _ -> clients.offer(request);
            case ClientRequest.Renew _, ClientRequest.Control _ -> clients.offerControl(request);
        };
        if (!accepted) {
            rejected.increment();
        }
        return accepted;
    }

    /// Requests refused because the queue was full.
    public long rejectedRequests() {
        return rejected.sum();
    }

    @Override
    public boolean onMessage(Sender from, PeerMessage message) {
        PeerInput input = new PeerInput(from, message);
        return switch (message.lane()) {
            case ORDINARY -> peers.offer(input);
            case URGENT -> peers.offerControl(input);
        };
    }

    @Override
    public void onUnreachable(NodeId peer) {
        complete(new Event.PeerUnreachable(peer));
    }

    @Override
    public void onDisconnected(NodeId peer) {
        complete(new Event.PeerDisconnected(peer));
    }

    @Override
    public void onLossFound(long acknowledgedIndex) {
        complete(new Event.LossFound(acknowledgedIndex));
    }

    @Override
    public void onRestarted(NodeId peer) {
        complete(new Event.PeerRestarted(peer));
    }

    /// Hands over completions, then what was reported as applied before. A report that comes meanwhile waits for
    /// the next time: it may belong to an installed snapshot that was not in the queue yet. A snapshot that was
    /// taken says itself what was applied, because it may overtake that report.
    int drainEvents(Consumer<Event> core) {
        long reported = applied;
        int drained = events.drain(
                event -> {
                    if (event instanceof Event.SnapshotTaken(SnapshotMeta meta)) {
                        stepApplied(core, meta.lastIncluded().index());
                    }
                    core.accept(event);
                },
                Integer.MAX_VALUE);
        return drained + stepApplied(core, reported);
    }

    private int stepApplied(Consumer<Event> core, long index) {
        if (index <= steppedApplied) {
            return 0;
        }
        steppedApplied = index;
        core.accept(new Event.Applied(index));
        return 1;
    }

    /// Hands over what peers sent, except what does not count any more: the news of a peer's start goes by the queue of
    /// completions and overtakes what the peer sent before it.
    int drainPeers(Consumer<PeerInput> receiver) {
        return peers.drain(
                input -> {
                    if (input.sender().isHeard(input.message())) {
                        receiver.accept(input);
                    }
                },
                MAX_PEER_MESSAGES);
    }

    int drainRequests(Consumer<ClientRequest> receiver, int limit) {
        return clients.drain(receiver, limit);
    }

    /// Requests of clients that wait; a snapshot.
    public int waitingRequests() {
        return clients.size();
    }
}
