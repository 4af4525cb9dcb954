package io.gavel.server.node;

import io.gavel.server.config.Endpoint;
import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Where this node listens for clients. The rim: event loops of its own, answers without a hop to another thread.
final class ClientEndpoint implements AutoCloseable {
    private static final int EVENT_LOOPS = 1;
    private static final long KEEP_ALIVE_SECONDS = 10;

    private final EventLoopGroup group;
    private final HealthStatusManager health = new HealthStatusManager();
    private final int messageBytes;
    private @Nullable Server server;

    private ClientEndpoint(EventLoopGroup group, int messageBytes) {
        this.group = group;
        this.messageBytes = messageBytes;
    }

    /// Prepares the event loops; [#listen] opens the port.
    static ClientEndpoint create(String threadName, int messageBytes) {
        return new ClientEndpoint(
                new MultiThreadIoEventLoopGroup(
                        EVENT_LOOPS,
                        new DefaultThreadFactory(threadName, true),
                        Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory()),
                messageBytes);
    }

    /// Opens the port and serves.
    ///
    /// @throws IOException if the address is in use or not ours; the message names it
    void listen(Endpoint address, List<BindableService> services) throws IOException {
        Class<? extends ServerChannel> type =
                Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
        NettyServerBuilder builder = NettyServerBuilder.forAddress(
                        new InetSocketAddress(address.host(), address.port()))
                .bossEventLoopGroup(group)
                .workerEventLoopGroup(group)
                .channelType(type)
                .directExecutor()
                .permitKeepAliveTime(KEEP_ALIVE_SECONDS / 2, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .maxInboundMessageSize(messageBytes)
                .addService(health.getHealthService())
                .addService(ProtoReflectionServiceV1.newInstance());
        services.forEach(builder::addService);
        try {
            server = builder.build().start();
        } catch (IOException e) {
            throw new IOException("cannot listen for clients on " + address + ": " + rootMessage(e), e);
        }
        health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.SERVING);
    }

    /// A connection to another member's client endpoint, on the same event loops.
    ManagedChannel connect(String address) {
        Endpoint endpoint = Endpoint.parse(address);
        return NettyChannelBuilder.forAddress(endpoint.host(), endpoint.port())
                .eventLoopGroup(group)
                .channelType(Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class)
                .directExecutor()
                .usePlaintext()
                .maxInboundMessageSize(messageBytes)
                .build();
    }

    /// The port in use.
    int port() {
        Server open = server;
        return open == null ? 0 : open.getPort();
    }

    /// Tells health checks that this node is about to leave, and takes no more connections.
    void drain() {
        health.enterTerminalState();
        if (server != null) {
            server.shutdown();
        }
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored")
    public void close() {
        if (server != null) {
            server.shutdownNow();
        }
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    static String rootMessage(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }
}
