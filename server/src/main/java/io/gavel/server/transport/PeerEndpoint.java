package io.gavel.server.transport;

import io.gavel.raft.quorum.NodeId;
import io.gavel.server.config.Endpoint;
import io.gavel.server.peer.v1.PeerGrpc;
import io.gavel.server.peer.v1.ProbeReply;
import io.gavel.server.peer.v1.ProbeRequest;
import io.gavel.server.storage.PeerBoot;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Where this node listens for its peers (the rim). Open from the start, so that nodes without an identity can ask each
/// other; [#connect] adds the transport once the identity is there.
public final class PeerEndpoint implements AutoCloseable {
    private static final long PROBE_LIMIT_MILLIS = 1_000;

    private final PeerNetwork network;
    private final PeerService service;
    private final PeerNetwork.Listening listening;
    private @Nullable GrpcPeerTransport transport;

    private PeerEndpoint(PeerNetwork network, PeerService service, PeerNetwork.Listening listening) {
        this.network = network;
        this.service = service;
        this.listening = listening;
    }

    /// Listens; `probes` answers nodes that look for their cluster and is called on the network's loop. The endpoint
    /// closes the network.
    ///
    /// @throws IOException if the address is in use or not ours; the message names it
    public static PeerEndpoint listen(Endpoint address, PeerNetwork network, Function<ProbeRequest, ProbeReply> probes)
            throws IOException {
        PeerService service = new PeerService(probes);
        try {
            return new PeerEndpoint(network, service, network.listen(address, service));
        } catch (IOException e) {
            network.close();
            throw new IOException("cannot listen for members on " + address + ": " + rootMessage(e), e);
        }
    }

    /// The port in use; differs from the requested one when that was 0.
    public int port() {
        return listening.port();
    }

    /// Who hears from the peers.
    ///
    /// @param knownBoots what is durably known of the peers' starts (rule 21)
    /// @param bootRecorder makes newer starts durable; must not block; false = no room, it is asked again
    public record Receivers(
            PeerListener listener,
            SnapshotSink snapshots,
            List<PeerBoot> knownBoots,
            Predicate<PeerBoot> bootRecorder) {}

    /// Connects to peers as [PeerTransport#members] names them, and lets them in.
    public synchronized PeerTransport connect(PeerIdentity self, Receivers receivers, TransportCounters counters) {
        PeerBoots boots = new PeerBoots(receivers.knownBoots(), receivers.bootRecorder());
        GrpcPeerTransport opened = new GrpcPeerTransport(self, network, boots, receivers.listener(), counters);
        transport = opened;
        service.open(opened.inbound(new SnapshotInbox(receivers.snapshots())));
        return opened;
    }

    /// Sends a snapshot file over a connection of its own; see [SnapshotSending].
    public synchronized SnapshotSending sendSnapshot(NodeId to, SnapshotSending.Source source, Runnable wake) {
        GrpcPeerTransport opened = transport;
        if (opened == null) {
            throw new IllegalStateException("not connected");
        }
        return SnapshotSending.start(network, opened, to, source, wake);
    }

    /// A connection to another member's client endpoint, on the same event loop.
    public ManagedChannel connectPlainly(String address) {
        return network.open(address);
    }

    /// Asks a listed member for its state; `done` gets the answer or null, on some thread of the transport.
    public void probe(Endpoint address, ProbeRequest request, BiConsumer<ProbeRequest, @Nullable ProbeReply> done) {
        ManagedChannel channel = network.open(address.toString());
        PeerGrpc.newStub(channel)
                .withDeadlineAfter(PROBE_LIMIT_MILLIS, TimeUnit.MILLISECONDS)
                .probe(request, new StreamObserver<>() {
                    private @Nullable ProbeReply reply;

                    @Override
                    public void onNext(ProbeReply value) {
                        reply = value;
                    }

                    @Override
                    public void onError(Throwable failure) {
                        channel.shutdownNow();
                        done.accept(request, null);
                    }

                    @Override
                    public void onCompleted() {
                        channel.shutdownNow();
                        done.accept(request, reply);
                    }
                });
    }

    private static String rootMessage(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        @Nullable String message = root.getMessage();
        return message == null ? root.getClass().getSimpleName() : message;
    }

    @Override
    public synchronized void close() {
        if (transport != null) {
            transport.close();
        }
        listening.close();
        network.close();
    }
}
