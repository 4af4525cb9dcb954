package io.gavel.client.internal.runner;

import com.google.common.util.concurrent.ListenableFuture;
import io.gavel.client.internal.port.Transport;
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
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Streams over gRPC, one channel an endpoint. gRPC's threads only hand messages to the owner's mailbox. Retries,
 * fail-over and back-off are the logic's: gRPC's own back-off is reset before each new stream.
 */
public final class GrpcTransport implements Transport {
    private static final int MAX_MESSAGE_BYTES = 16 << 20;
    private static final int CONNECT_TIMEOUT_MILLIS = 2_000;
    private static final int REQUEST_AHEAD = 32;
    /** The least that gRPC allows; whoever needs to know sooner asks. */
    private static final long KEEPALIVE_SECONDS = 10;

    private static final long KEEPALIVE_TIMEOUT_SECONDS = 2;
    private static final long PROBE_SECONDS = 5;

    private final ClientRunner runner;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, ManagedChannel> channels = new LinkedHashMap<>();
    private boolean closed;

    /** Without connections yet. */
    public GrpcTransport(ClientRunner runner) {
        this.runner = runner;
    }

    /** The channel of an endpoint; after {@link #close} one that is shut down. Any thread. */
    public ManagedChannel channel(String endpoint) {
        lock.lock();
        try {
            ManagedChannel channel = channels.computeIfAbsent(endpoint, GrpcTransport::connect);
            if (closed) {
                channel.shutdownNow();
            } else {
                channel.resetConnectBackoff();
            }
            return channel;
        } finally {
            lock.unlock();
        }
    }

    private static ManagedChannel connect(String endpoint) {
        int colon = endpoint.lastIndexOf(':');
        return NettyChannelBuilder.forAddress(
                        endpoint.substring(0, colon), Integer.parseInt(endpoint.substring(colon + 1)))
                .usePlaintext()
                .directExecutor()
                .disableRetry()
                .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                .keepAliveTime(KEEPALIVE_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(KEEPALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
                .build();
    }

    /** Drops every connection, for good. */
    public void close() {
        lock.lock();
        try {
            closed = true;
            channels.values().forEach(ManagedChannel::shutdownNow);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Link open(String endpoint, LinkListener listener) {
        Call<ClientFrames, ServerFrames> call =
                new Call<>(endpoint, GavelGrpc.getSessionMethod(), listener::onFrames, listener::onClosed, true);
        call.call.request(REQUEST_AHEAD);
        return new Link() {
            @Override
            public void send(ClientFrames frames) {
                call.call.sendMessage(frames);
            }

            @Override
            public void close() {
                call.call.cancel("the client moved on", null);
            }
        };
    }

    @Override
    public WatchLink watch(String endpoint, WatchRequest request, WatchListener listener) {
        Call<WatchRequest, WatchResponse> call =
                new Call<>(endpoint, GavelGrpc.getWatchMethod(), listener::onResponse, listener::onClosed, false);
        call.call.sendMessage(request);
        call.call.halfClose();
        return new WatchLink() {
            @Override
            public void request(int count) {
                call.call.request(count);
            }

            @Override
            public void close() {
                call.call.cancel("the client moved on", null);
            }
        };
    }

    @Override
    public void probe(String endpoint, Consumer<Boolean> knowsLeader) {
        ListenableFuture<MemberStatus> answer = ClusterGrpc.newFutureStub(channel(endpoint))
                .withDeadlineAfter(PROBE_SECONDS, TimeUnit.SECONDS)
                .status(StatusRequest.getDefaultInstance());
        answer.addListener(
                () -> {
                    Boolean knows = knowsLeader(answer);
                    if (knows != null) {
                        runner.post(() -> knowsLeader.accept(knows));
                    }
                },
                Runnable::run);
    }

    /** Null = it did not answer. Who refuses the question lives, and says nothing about a leader. */
    private static @Nullable Boolean knowsLeader(ListenableFuture<MemberStatus> answer) {
        try {
            return answer.get().getLeaderId() != 0;
        } catch (ExecutionException e) {
            return switch (Status.fromThrowable(e).getCode()) {
                case UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED -> null;
                default -> true;
            };
        } catch (InterruptedException e) {
            throw new IllegalStateException("it is done, so nothing waits", e);
        }
    }

    private final class Call<Q, A> extends ClientCall.Listener<A> {
        private final ClientCall<Q, A> call;
        private final Consumer<A> onMessage;
        private final Consumer<String> onClosed;
        private final boolean replenish;

        Call(
                String endpoint,
                MethodDescriptor<Q, A> method,
                Consumer<A> onMessage,
                Consumer<String> onClosed,
                boolean replenish) {
            this.call = channel(endpoint).newCall(method, CallOptions.DEFAULT);
            this.onMessage = onMessage;
            this.onClosed = onClosed;
            this.replenish = replenish;
            call.start(this, new Metadata());
        }

        @Override
        public void onMessage(A message) {
            runner.post(() -> onMessage.accept(message));
            if (replenish) {
                call.request(1);
            }
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            String description = status.getDescription();
            Throwable cause = status.getCause();
            String reason = status.getCode()
                    + (description == null ? "" : " " + description)
                    + (cause == null || cause.getMessage() == null ? "" : ": " + cause.getMessage());
            runner.post(() -> onClosed.accept(reason));
        }
    }
}
