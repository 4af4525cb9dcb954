package io.gavel.server.api.grpc;

import io.gavel.protocol.v1.ClusterGrpc;
import io.gavel.protocol.v1.GavelGrpc;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The listener for clients: the services, `grpc.health.v1` and reflection, on event loops of their own and without any
/// other threads. The rim.
///
/// A client may send a keepalive each second, also without a call, so that one of three seconds finds a dead
/// connection.
public final class ClientListener implements AutoCloseable {
    private static final int FLOW_CONTROL_WINDOW_BYTES = 1 << 20;
    private static final long KEEPALIVE_PERMITTED_MILLIS = 1_000;
    private static final long KEEPALIVE_SECONDS = 10;
    private static final int MAX_METADATA_BYTES = 16 << 10;
    private static final List<String> SERVICES =
            List.of(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, GavelGrpc.SERVICE_NAME, ClusterGrpc.SERVICE_NAME);

    private final HealthStatusManager health = new HealthStatusManager();
    private final EventLoopGroup acceptor;
    private final EventLoopGroup workers;
    private final Server server;

    /// Prepares the listener; [#start] opens the socket. Port 0 = any.
    public ClientListener(InetSocketAddress address, int eventLoops, int messageBytes, List<BindableService> services) {
        boolean epoll = Epoll.isAvailable();
        IoHandlerFactory handlers = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        Class<? extends ServerChannel> channelType =
                epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
        acceptor = new MultiThreadIoEventLoopGroup(1, handlers);
        workers = new MultiThreadIoEventLoopGroup(eventLoops, handlers);
        NettyServerBuilder builder = NettyServerBuilder.forAddress(address)
                .bossEventLoopGroup(acceptor)
                .workerEventLoopGroup(workers)
                .channelType(channelType)
                .withOption(ChannelOption.SO_REUSEADDR, true)
                .withChildOption(ChannelOption.TCP_NODELAY, true)
                .directExecutor()
                .maxInboundMessageSize(messageBytes)
                .maxInboundMetadataSize(MAX_METADATA_BYTES)
                .flowControlWindow(FLOW_CONTROL_WINDOW_BYTES)
                .permitKeepAliveTime(KEEPALIVE_PERMITTED_MILLIS, TimeUnit.MILLISECONDS)
                .permitKeepAliveWithoutCalls(true)
                .keepAliveTime(KEEPALIVE_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(KEEPALIVE_SECONDS, TimeUnit.SECONDS)
                .addService(health.getHealthService())
                .addService(ProtoReflectionServiceV1.newInstance());
        services.forEach(builder::addService);
        server = builder.build();
        serving(false);
    }

    /// Opens the socket.
    ///
    /// @throws IOException when the address cannot be bound
    public void start() throws IOException {
        server.start();
    }

    /// The port in use.
    public int port() {
        return server.getPort();
    }

    /// What `grpc.health.v1` says of the services: whether requests can be served, that is, whether a leader is known.
    /// Any thread; cheap when nothing changed.
    public void serving(boolean isServing) {
        ServingStatus status = isServing ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
        SERVICES.forEach(service -> health.setStatus(service, status));
    }

    /// Says that the node goes away, lets running calls end within the time, then cuts them.
    public void stop(long graceNanos) throws InterruptedException {
        health.enterTerminalState();
        server.shutdown();
        server.awaitTermination(graceNanos, TimeUnit.NANOSECONDS);
        close();
    }

    @Override
    public void close() {
        server.shutdownNow();
        var _ = workers.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        var _ = acceptor.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
