package io.gavel.server.api.grpc;

import io.gavel.protocol.v1.LeaderHint;
import io.gavel.protocol.v1.ServerFrame;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.api.ClusterView;
import io.gavel.server.api.ConsensusPort;
import io.gavel.server.api.RequestRouter;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// The open session streams of this member: brings session events and leader hints to those they concern.
///
/// `onSessionEvent`, `onStateReplaced`: apply agent. `onTurnEnd`: any agent. The rest: any thread.
final class SessionStreams {
    private final ConsensusPort consensus;
    private final ConcurrentSkipListMap<Long, SessionStream> open = new ConcurrentSkipListMap<>();
    private final AtomicLong opened = new AtomicLong();
    // The newest stream of a session hears its events; an older one is a connection that its client has given up.
    private final ConcurrentSkipListMap<Long, SessionStream> bySession = new ConcurrentSkipListMap<>();
    private final AtomicReference<ClusterView.@Nullable KnownLeader> announced = new AtomicReference<>();

    SessionStreams(ConsensusPort consensus) {
        this.consensus = consensus;
    }

    int size() {
        return open.size();
    }

    /// A number that no other stream of this member has; streams are told in this order.
    long nextNumber() {
        return opened.incrementAndGet();
    }

    void add(SessionStream stream) {
        announced.compareAndSet(null, consensus.leader());
        open.put(stream.number(), stream);
    }

    /// A stream may have ended while its session was being proven: then nobody would remove it any more.
    void attach(long sessionId, SessionStream stream) {
        bySession.put(sessionId, stream);
        if (!open.containsKey(stream.number())) {
            bySession.remove(sessionId, stream);
        }
    }

    /// Sessions whose events are sent on a stream of this member.
    int heardSessions() {
        return bySession.size();
    }

    void remove(SessionStream stream, long sessionId) {
        open.remove(stream.number());
        bySession.remove(sessionId, stream);
    }

    void onSessionEvent(long sessionId, SessionEvent event) {
        SessionStream stream = bySession.get(sessionId);
        if (stream != null) {
            stream.send(ServerFrame.newBuilder().setEvent(event).build());
        }
    }

    /// Tells every session again what is in force for it.
    void onStateReplaced(RequestRouter router) {
        bySession.keySet().forEach(id -> router.redeliver(id, event -> onSessionEvent(id, event)));
    }

    /// Tells all streams when the leader changed since the last call.
    void onTurnEnd() {
        ClusterView.KnownLeader now = consensus.leader();
        ClusterView.KnownLeader before = announced.getAndSet(now);
        if (before != null && !before.equals(now)) {
            ServerFrame hint = ServerFrame.newBuilder().setLeader(hint(now)).build();
            open.values().forEach(stream -> stream.sendWhenGreeted(hint));
        }
    }

    private static LeaderHint hint(ClusterView.KnownLeader leader) {
        NodeId id = leader.id();
        return LeaderHint.newBuilder()
                .setLeaderId(id == null ? 0 : id.value())
                .setEndpoint(leader.endpoint())
                .build();
    }
}
