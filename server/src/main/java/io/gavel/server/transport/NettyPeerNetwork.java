package io.gavel.server.transport;

import io.gavel.server.config.Endpoint;
import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
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
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/// Connections between members: one event loop of their own, plain TCP, answers on the loop itself (rule 36).
///
/// epoll where the platform has it, otherwise the JDK's selector.
public final class NettyPeerNetwork implements PeerNetwork {
    static final int MAX_MESSAGE_BYTES = 8 << 20;
    private static final int FLOW_CONTROL_WINDOW_BYTES = 4 << 20;
    private static final int CONNECT_LIMIT_MILLIS = 2_000;
    private static final long KEEP_ALIVE_SECONDS = 15;
    private static final long KEEP_ALIVE_LIMIT_SECONDS = 10;

    private final EventLoopGroup group;
    private final Loop tasks;
    private final RandomGenerator random;
    private final boolean epoll = Epoll.isAvailable();

    /// `name` is that of its thread.
    public NettyPeerNetwork(String name, RandomGenerator random) {
        IoHandlerFactory handlers = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        this.group = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory(name, true), handlers);
        this.tasks = new NettyLoop(group.next());
        this.random = random;
    }

    @Override
    public Loop loop() {
        return tasks;
    }

    @Override
    public RandomGenerator random() {
        return random;
    }

    @Override
    public ManagedChannel open(String address) {
        Endpoint endpoint = Endpoint.parse(address);
        Class<? extends Channel> type = epoll ? EpollSocketChannel.class : NioSocketChannel.class;
        return NettyChannelBuilder.forAddress(endpoint.host(), endpoint.port())
                .eventLoopGroup(group)
                .channelType(type)
                .withOption(io.netty.channel.ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_LIMIT_MILLIS)
                .directExecutor()
                .usePlaintext()
                .disableRetry()
                .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(KEEP_ALIVE_LIMIT_SECONDS, TimeUnit.SECONDS)
                .flowControlWindow(FLOW_CONTROL_WINDOW_BYTES)
                .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                .build();
    }

    @Override
    public Listening listen(Endpoint address, BindableService service) throws IOException {
        Server server = builder(new InetSocketAddress(address.host(), address.port()))
                .addService(service)
                .build()
                .start();
        return new NettyListening(server);
    }

    private NettyServerBuilder builder(InetSocketAddress address) {
        Class<? extends ServerChannel> type = epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
        return NettyServerBuilder.forAddress(address)
                .bossEventLoopGroup(group)
                .workerEventLoopGroup(group)
                .channelType(type)
                .directExecutor()
                .permitKeepAliveTime(KEEP_ALIVE_SECONDS / 2, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(KEEP_ALIVE_LIMIT_SECONDS, TimeUnit.SECONDS)
                .flowControlWindow(FLOW_CONTROL_WINDOW_BYTES)
                .maxInboundMessageSize(MAX_MESSAGE_BYTES);
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored")
    public void close() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private record NettyLoop(EventLoop loop) implements Loop {
        @Override
        public void execute(Runnable task) {
            loop.execute(task);
        }

        @Override
        @SuppressWarnings("FutureReturnValueIgnored")
        public void schedule(Runnable task, long delayMillis) {
            loop.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
        }

        @Override
        public boolean isCurrent() {
            return loop.inEventLoop();
        }
    }

    private record NettyListening(Server server) implements Listening {
        @Override
        public int port() {
            return server.getPort();
        }

        @Override
        public void close() {
            server.shutdownNow();
            try {
                server.awaitTermination(2, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
