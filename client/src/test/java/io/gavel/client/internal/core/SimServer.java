package io.gavel.client.internal.core;

import io.gavel.client.GavelClient;
import io.gavel.client.GavelClientBuilder;
import io.gavel.protocol.v1.ClientFrames;
import io.gavel.protocol.v1.GavelGrpc;
import io.gavel.protocol.v1.ServerFrame;
import io.gavel.protocol.v1.ServerFrames;
import io.gavel.protocol.v1.WatchRequest;
import io.gavel.protocol.v1.WatchResponse;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The model cluster behind a real gRPC server on loopback, in real time. */
public final class SimServer implements AutoCloseable {
    private static final long TICK_MILLIS = 50;

    private final SimCluster cluster = new SimCluster();
    private final ReentrantLock lock = new ReentrantLock();
    private final ScheduledExecutorService ticker = Executors.newSingleThreadScheduledExecutor();
    private final long origin = System.nanoTime();
    private final Server server;
    private volatile boolean ignoring;
    private volatile boolean losing;

    /** Starts on a free port. */
    public SimServer() throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .directExecutor()
                .permitKeepAliveTime(1, TimeUnit.SECONDS)
                .addService(new Service())
                .build()
                .start();
        Future<?> unused =
                ticker.scheduleAtFixedRate(() -> locked(() -> 0), TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** A client of this server, to be configured further. */
    public GavelClientBuilder client() {
        return GavelClient.builder().endpoints("127.0.0.1:" + server.getPort()).clientName("test");
    }

    /** Its port on the loopback interface. */
    public int port() {
        return server.getPort();
    }

    /** Takes requests in and neither runs nor answers them, until told otherwise. */
    public void ignoreRequests(boolean ignore) {
        ignoring = ignore;
    }

    /** Runs requests and loses the answers, until told otherwise. */
    public void loseAnswers(boolean lose) {
        losing = lose;
    }

    /** How many watch streams are open. */
    public int watches() {
        return locked(cluster.watches::open);
    }

    /** How many hold and wait for a lock. */
    public int members(String name) {
        return locked(() -> cluster.locks.members(name, false).size());
    }

    /** How many lead and wait in an election. */
    public int candidates(String name) {
        return locked(() -> cluster.locks.members(name, true).size());
    }

    /** How many sessions live. */
    public long liveSessions() {
        return locked(() -> cluster.sessions.values().stream()
                .filter(session -> !session.over)
                .count());
    }

    /** Ends every session. */
    public void endSessions() {
        locked(() -> {
            cluster.sessions.values().forEach(cluster::end);
            return 0;
        });
    }

    private <T> T locked(Supplier<T> action) {
        lock.lock();
        try {
            cluster.tick(System.nanoTime() - origin);
            return action.get();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        ticker.shutdownNow();
        server.shutdownNow();
    }

    private final class Service extends GavelGrpc.GavelImplBase {
        @Override
        public StreamObserver<ClientFrames> session(StreamObserver<ServerFrames> replies) {
            return new SessionStream(replies);
        }

        @Override
        public void watch(WatchRequest request, StreamObserver<WatchResponse> replies) {
            ServerCallStreamObserver<WatchResponse> call = (ServerCallStreamObserver<WatchResponse>) replies;
            AtomicReference<SimWatches.@Nullable Stream> opened = new AtomicReference<>();
            call.setOnCancelHandler(() -> locked(() -> {
                SimWatches.Stream stream = opened.get();
                if (stream != null) {
                    stream.close();
                }
                return 0;
            }));
            locked(() -> {
                SimWatches.Stream stream = cluster.watches.open(request, response -> {
                    if (!call.isCancelled()) {
                        call.onNext(response);
                    }
                });
                opened.set(stream);
                stream.request(Integer.MAX_VALUE);
                return 0;
            });
        }
    }

    private final class SessionStream implements StreamObserver<ClientFrames> {
        private final StreamObserver<ServerFrames> replies;
        private final SimCluster.Stream stream;
        private ServerFrames.@Nullable Builder batch;

        SessionStream(StreamObserver<ServerFrames> replies) {
            this.replies = replies;
            this.stream = cluster.open(this::reply);
        }

        private void reply(ServerFrame frame) {
            if (batch != null) {
                batch.addFrames(frame);
            } else {
                replies.onNext(ServerFrames.newBuilder().addFrames(frame).build());
            }
        }

        @Override
        public void onNext(ClientFrames frames) {
            if (ignoring) {
                return;
            }
            locked(() -> {
                ServerFrames.Builder answers = ServerFrames.newBuilder();
                batch = answers;
                stream.onFrames(frames);
                batch = null;
                if (!losing) {
                    replies.onNext(answers.build());
                }
                return 0;
            });
        }

        @Override
        public void onError(Throwable error) {
            locked(() -> {
                stream.close();
                return 0;
            });
        }

        @Override
        public void onCompleted() {
            locked(() -> {
                stream.close();
                replies.onCompleted();
                return 0;
            });
        }
    }
}
