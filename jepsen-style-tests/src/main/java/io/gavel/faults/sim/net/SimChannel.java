package io.gavel.faults.sim.net;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A channel of real gRPC over the simulated network: one connection at a time, made when a call needs it.
final class SimChannel extends ManagedChannel {
    private final SimNetwork network;
    private final Party from;
    private final String address;
    private final long keepAliveNanos;
    private @Nullable SimConnection connection;
    private boolean shutdown;

    SimChannel(SimNetwork network, Party from, String address, long keepAliveNanos) {
        this.network = network;
        this.from = from;
        this.address = address;
        this.keepAliveNanos = keepAliveNanos;
    }

    @Override
    public <Q, A> ClientCall<Q, A> newCall(MethodDescriptor<Q, A> method, CallOptions options) {
        return new SimCall<>(connection(), method, options);
    }

    private SimConnection connection() {
        SimConnection known = connection;
        if (known != null && known.isOpen()) {
            return known;
        }
        SimConnection fresh = new SimConnection(network, from, address, keepAliveNanos);
        connection = fresh;
        if (!shutdown) {
            fresh.connect();
        }
        return fresh;
    }

    @Override
    public String authority() {
        return address;
    }

    @Override
    public ManagedChannel shutdown() {
        return shutdownNow();
    }

    @Override
    public ManagedChannel shutdownNow() {
        shutdown = true;
        SimConnection known = connection;
        if (known != null) {
            known.shutdown();
        }
        return this;
    }

    @Override
    public boolean isShutdown() {
        return shutdown;
    }

    @Override
    public boolean isTerminated() {
        return shutdown;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return shutdown;
    }
}
