package io.gavel.server.api.grpc;

import io.gavel.protocol.v1.ClusterGrpc;
import io.gavel.protocol.v1.MemberStatus;
import io.gavel.protocol.v1.StatusRequest;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Asks other members for their own view, at their client endpoints, with a short deadline. Any thread.
final class PeerStatuses implements AutoCloseable {
    private static final long DEADLINE_MILLIS = 1_000;

    private final Function<String, ManagedChannel> connect;
    private final Map<String, ManagedChannel> channels = new TreeMap<>();

    PeerStatuses(Function<String, ManagedChannel> connect) {
        this.connect = connect;
    }

    /// `done` hears the answer, or null when there is none in time.
    void ask(String endpoint, Consumer<@Nullable MemberStatus> done) {
        ClusterGrpc.newStub(channel(endpoint))
                .withDeadlineAfter(DEADLINE_MILLIS, TimeUnit.MILLISECONDS)
                .status(StatusRequest.getDefaultInstance(), new StreamObserver<>() {
                    private final AtomicBoolean answered = new AtomicBoolean();

                    @Override
                    public void onNext(MemberStatus status) {
                        if (answered.compareAndSet(false, true)) {
                            done.accept(status);
                        }
                    }

                    @Override
                    public void onError(Throwable unreachable) {
                        if (answered.compareAndSet(false, true)) {
                            done.accept(null);
                        }
                    }

                    @Override
                    public void onCompleted() {
                        if (answered.compareAndSet(false, true)) {
                            done.accept(null);
                        }
                    }
                });
    }

    /// Lets go of connections to endpoints that no member has any more.
    synchronized void retain(Set<String> endpoints) {
        for (String endpoint : new HashSet<>(channels.keySet())) {
            if (!endpoints.contains(endpoint)) {
                ManagedChannel gone = channels.remove(endpoint);
                if (gone != null) {
                    gone.shutdownNow();
                }
            }
        }
    }

    private synchronized ManagedChannel channel(String endpoint) {
        return channels.computeIfAbsent(endpoint, connect);
    }

    @Override
    public synchronized void close() {
        channels.values().forEach(ManagedChannel::shutdownNow);
        channels.clear();
    }
}
