package io.gavel.server.transport;

import io.gavel.raft.Message;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.peer.v1.Hello;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The peer transport over gRPC (the rim).
///
/// A peer that introduces itself and is not in the configuration gets a link as well: this member may lag behind the
/// change that added the peer, and must be able to answer it.
public final class GrpcPeerTransport implements PeerTransport {
    private static final Logger log = LoggerFactory.getLogger(GrpcPeerTransport.class);

    private final PeerIdentity self;
    private final PeerNetwork network;
    private final PeerBoots boots;
    private final HelloGuard guard;
    private final PeerListener listener;
    private final TransportCounters counters;
    // Looked up by id; iterated only where the order of peers does not matter.
    private final ConcurrentMap<NodeId, PeerLink> links = new ConcurrentHashMap<>();
    // Where those can be reached who said hello. A member that learns the log lists former members for a while, and
    // must answer a leader that is not among them.
    private final ConcurrentMap<NodeId, Member> introduced = new ConcurrentHashMap<>();
    // To those of them of whom another life is listed: it may be out of reach for ever while this one leads.
    private final ConcurrentMap<NodeId, PeerLink> otherLives = new ConcurrentHashMap<>();
    private volatile boolean closed;
    private volatile boolean repairing;

    GrpcPeerTransport(
            PeerIdentity self,
            PeerNetwork network,
            PeerBoots boots,
            PeerListener listener,
            TransportCounters counters) {
        this.self = self;
        this.network = network;
        this.boots = boots;
        this.listener = listener;
        this.counters = counters;
        this.guard = new HelloGuard(self, boots, () -> repairing);
    }

    PeerService.Inbound inbound(SnapshotInbox snapshots) {
        return new PeerService.Inbound(guard, boots, listener, counters, this::onHello, snapshots);
    }

    /// The first message of a stream to that peer.
    Hello helloTo(Member peer) {
        return self.helloTo(peer.id(), peer.uuid(), repairing);
    }

    @Nullable
    Member member(NodeId id) {
        PeerLink link = links.get(id);
        return link == null ? null : link.peer();
    }

    @Override
    public boolean send(NodeId to, PeerMessage message) {
        PeerLink link = links.get(to);
        if (link == null) {
            link = linkToIntroduced(to);
        } else if (!link.isReachable() && isAnswerToALeader(message)) {
            link = reachableLife(link);
        }
        if (link == null) {
            counters.notConnected.increment();
            return false;
        }
        return link.send(message);
    }

    private synchronized @Nullable PeerLink linkToIntroduced(NodeId to) {
        Member known = introduced.get(to);
        if (known != null && !closed) {
            link(known);
        }
        return links.get(to);
    }

    /// Only a leader's messages are let through from a life that is not listed, and only they are answered.
    private static boolean isAnswerToALeader(PeerMessage message) {
        return message instanceof PeerMessage.Consensus(Message answer)
                && (answer instanceof Message.AppendEntriesReply
                        || answer instanceof Message.ReadRoundEcho
                        || answer instanceof Message.InstallSnapshotReply);
    }

    private synchronized PeerLink reachableLife(PeerLink listed) {
        Member other = introduced.get(listed.peer().id());
        if (closed || other == null || other.uuid().equals(listed.peer().uuid())) {
            return listed;
        }
        PeerLink link = otherLives.get(other.id());
        if (link == null || !link.peer().equals(other)) {
            if (link != null) {
                link.close();
            }
            link = new PeerLink(other, this::helloTo, network, boots, listener, counters);
            otherLives.put(other.id(), link);
            link.connectNow();
        }
        return link.isReachable() ? link : listed;
    }

    private void leaveOtherLives() {
        otherLives.values().forEach(PeerLink::close);
        otherLives.clear();
    }

    @Override
    public void flush() {
        for (PeerLink link : links.values()) {
            link.flush();
        }
        for (PeerLink link : otherLives.values()) {
            link.flush();
        }
    }

    @Override
    public void acknowledged(NodeId member, long index, boolean durably) {
        PeerLink link = links.get(member);
        if (link != null) {
            boots.acknowledged(link.peer().uuid(), index, durably);
        }
    }

    @Override
    public void repairing(boolean isRepairing) {
        repairing = isRepairing;
    }

    @Override
    public boolean isReachable(NodeId member) {
        PeerLink link = links.get(member);
        return link != null && link.isReachable();
    }

    @Override
    public synchronized void members(List<Member> members) {
        if (closed) {
            return;
        }
        guard.members(members);
        leaveOtherLives();
        for (PeerLink link : links.values()) {
            NodeId id = link.peer().id();
            if (!members.isEmpty()
                    && members.stream().noneMatch(member -> member.id().equals(id))) {
                links.remove(id);
                link.close();
            }
        }
        for (Member member : members) {
            if (!member.id().equals(self.member())) {
                link(member);
            }
        }
    }

    private void link(Member member) {
        PeerLink known = links.get(member.id());
        if (known != null && known.peer().equals(member)) {
            return;
        }
        if (known != null) {
            known.close();
        }
        PeerLink link = new PeerLink(member, this::helloTo, network, boots, listener, counters);
        links.put(member.id(), link);
        link.connectNow();
    }

    private void onHello(Hello hello, boolean restarted) {
        NodeId sender = new NodeId(hello.getSenderId());
        if (restarted) {
            listener.onRestarted(sender);
        }
        introduce(new Member(sender, PeerMessageCodec.memberUuid(hello.getSenderUuid()), hello.getSenderAddress()));
    }

    private synchronized void introduce(Member sender) {
        introduced.put(sender.id(), sender);
        PeerLink link = links.get(sender.id());
        if (link != null) {
            link.connectNow();
        } else if (!closed) {
            log.info("member {} at {} introduced itself", sender.id(), sender.peerAddress());
            link(sender);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        for (PeerLink link : links.values()) {
            link.close();
        }
        links.clear();
        leaveOtherLives();
    }
}
