package io.gavel.server.api.grpc;

import io.gavel.protocol.v1.SessionEvent;
import io.gavel.server.api.NodePorts;
import io.gavel.server.api.RequestRouter;
import io.gavel.server.api.SnapshotExport;
import io.gavel.server.api.TurnEnd;
import io.gavel.server.watch.WatchHub;
import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import java.util.List;
import java.util.function.Function;

/// The whole API of one node, wired: its services, and what the agents must tell it.
///
/// [#onSessionEvent] is for the apply agent, [#onTurnEnd] for every agent that calls back.
public final class Api implements TurnEnd, AutoCloseable {
    private final RequestRouter router;
    private final TurnFlusher flusher = new TurnFlusher();
    private final SessionStreams streams;
    private final GrantWaits grantWaits;
    private final PeerStatuses peers;
    private final GavelService gavel;
    private final ClusterService cluster;

    /// `connect` opens a connection to a client endpoint of another member.
    public Api(
            NodePorts ports,
            SnapshotExport snapshots,
            WatchHub watches,
            Function<String, ManagedChannel> connect,
            StreamLimits limits) {
        router = new RequestRouter(ports);
        streams = new SessionStreams(ports.consensus());
        grantWaits = new GrantWaits(router);
        peers = new PeerStatuses(connect);
        gavel = new GavelService(router, streams, flusher, grantWaits, watches, limits);
        cluster = new ClusterService(router, peers, snapshots);
    }

    /// The services to register with a server.
    public List<BindableService> services() {
        return List.of(gavel, cluster);
    }

    public RequestRouter router() {
        return router;
    }

    /// Open session streams; a snapshot.
    public int sessionStreams() {
        return streams.size();
    }

    /// Sessions whose events are sent on a stream of this member; a snapshot.
    int heardSessions() {
        return streams.heardSessions();
    }

    /// Brings an event of the state machine to the session's stream and to long polls. On the apply agent, after the
    /// entry's effects are published.
    public void onSessionEvent(long sessionId, SessionEvent event) {
        streams.onSessionEvent(sessionId, event);
        grantWaits.onSessionEvent(sessionId, event);
    }

    /// A snapshot took the place of the state: whoever listens is told what is in force, because what happened in
    /// between was told nowhere here. On the apply agent.
    public void onStateReplaced() {
        streams.onStateReplaced(router);
        grantWaits.onStateReplaced();
    }

    @Override
    public void onTurnEnd() {
        router.reads().onTurnEnd();
        streams.onTurnEnd();
        flusher.onTurnEnd();
    }

    @Override
    public void close() {
        peers.close();
    }
}
