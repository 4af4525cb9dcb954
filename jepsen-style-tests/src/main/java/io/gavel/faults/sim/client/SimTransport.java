package io.gavel.faults.sim.client;

import io.gavel.client.internal.port.Transport;
import io.gavel.faults.sim.net.Party;
import io.gavel.faults.sim.net.SimNetwork;
import io.gavel.protocol.v1.ClientFrames;
import io.gavel.protocol.v1.ClusterGrpc;
import io.gavel.protocol.v1.GavelGrpc;
import io.gavel.protocol.v1.MemberStatus;
import io.gavel.protocol.v1.ServerFrames;
import io.gavel.protocol.v1.StatusRequest;
import io.gavel.protocol.v1.WatchRequest;
import io.gavel.protocol.v1.WatchResponse;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// A client's streams over the simulated network: one channel an endpoint, as in production.
final class SimTransport implements Transport {
    private static final long KEEP_ALIVE_NANOS = 5_000_000_000L;
    private static final long PROBE_SECONDS = 2;
    private static final int REQUEST_AHEAD = 32;

    private final SimNetwork network;
    private final Party party;
    private final SessionWire wire;
    private final Map<String, ManagedChannel> channels = new TreeMap<>();

    SimTransport(SimNetwork network, Party party, SessionWire wire) {
        this.network = network;
        this.party = party;
        this.wire = wire;
    }

    private ManagedChannel channel(String endpoint) {
        return channels.computeIfAbsent(endpoint, address -> network.open(party, address, KEEP_ALIVE_NANOS));
    }

    @Override
    public Link open(String endpoint, LinkListener listener) {
        SessionWire.Stream stream = wire.stream();
        Consumer<ServerFrames> onFrames = frames -> {
            stream.onReceived(frames);
            listener.onFrames(frames);
        };
        ClientCall<ClientFrames, ServerFrames> call =
                start(endpoint, GavelGrpc.getSessionMethod(), onFrames, listener::onClosed, true);
        call.request(REQUEST_AHEAD);
        return new Link() {
            @Override
            public void send(ClientFrames frames) {
                stream.onSent(frames);
                call.sendMessage(frames);
            }

            @Override
            public void close() {
                call.cancel("the client moved on", null);
            }
        };
    }

    @Override
    public WatchLink watch(String endpoint, WatchRequest request, WatchListener listener) {
        ClientCall<WatchRequest, WatchResponse> call =
                start(endpoint, GavelGrpc.getWatchMethod(), listener::onResponse, listener::onClosed, false);
        call.sendMessage(request);
        call.halfClose();
        return new WatchLink() {
            @Override
            public void request(int count) {
                call.request(count);
            }

            @Override
            public void close() {
                call.cancel("the client moved on", null);
            }
        };
    }

    @Override
    public void probe(String endpoint, Consumer<Boolean> knowsLeader) {
        ClusterGrpc.newStub(channel(endpoint))
                .withDeadlineAfter(PROBE_SECONDS, TimeUnit.SECONDS)
                .status(StatusRequest.getDefaultInstance(), new StreamObserver<>() {
                    @Override
                    public void onNext(MemberStatus status) {
                        knowsLeader.accept(status.getLeaderId() != 0);
                    }

                    @Override
                    public void onError(Throwable failure) {
                        switch (Status.fromThrowable(failure).getCode()) {
                            case UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED -> {}
                            default -> knowsLeader.accept(true);
                        }
                    }

                    @Override
                    public void onCompleted() {}
                });
    }

    private <Q, A> ClientCall<Q, A> start(
            String endpoint,
            MethodDescriptor<Q, A> method,
            Consumer<A> onMessage,
            Consumer<String> onClosed,
            boolean replenish) {
        ClientCall<Q, A> call = channel(endpoint).newCall(method, CallOptions.DEFAULT);
        call.start(
                new ClientCall.Listener<A>() {
                    @Override
                    public void onMessage(A message) {
                        onMessage.accept(message);
                        if (replenish) {
                            call.request(1);
                        }
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        onClosed.accept(status.getCode() + " " + status.getDescription());
                    }
                },
                new Metadata());
        return call;
    }
}
