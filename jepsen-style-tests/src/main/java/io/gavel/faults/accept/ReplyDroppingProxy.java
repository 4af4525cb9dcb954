package io.gavel.faults.accept;

import io.gavel.protocol.v1.ClientFrames;
import io.gavel.protocol.v1.GavelGrpc;
import io.gavel.protocol.v1.ServerFrame;
import io.gavel.protocol.v1.ServerFrames;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Stands between a client and one member and loses a share of the answers to commands: the command was executed,
/// the client never hears of it on this attempt.
final class ReplyDroppingProxy extends GavelGrpc.GavelImplBase implements AutoCloseable {
    private final ManagedChannel member;
    private final Server server;
    private final double share;
    private final SplittableRandom random;
    private final AtomicInteger dropped = new AtomicInteger();

    ReplyDroppingProxy(String memberEndpoint, double share, long seed) throws IOException {
        this.member = NettyChannelBuilder.forTarget(memberEndpoint)
                .usePlaintext()
                .directExecutor()
                .build();
        this.share = share;
        this.random = new SplittableRandom(seed);
        this.server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .directExecutor()
                .permitKeepAliveTime(1, TimeUnit.SECONDS)
                .addService(this)
                .build()
                .start();
    }

    String endpoint() {
        return "127.0.0.1:" + server.getPort();
    }

    int dropped() {
        return dropped.get();
    }

    @Override
    public StreamObserver<ClientFrames> session(StreamObserver<ServerFrames> client) {
        StreamObserver<ClientFrames> upstream = GavelGrpc.newStub(member).session(new StreamObserver<>() {
            @Override
            public void onNext(ServerFrames frames) {
                ServerFrames.Builder kept = ServerFrames.newBuilder();
                for (ServerFrame frame : frames.getFramesList()) {
                    if (frame.hasCommand() && isDropped()) {
                        dropped.incrementAndGet();
                    } else {
                        kept.addFrames(frame);
                    }
                }
                client.onNext(kept.build());
            }

            @Override
            public void onError(Throwable failure) {
                client.onError(
                        Status.UNAVAILABLE.withDescription("the member is gone").asRuntimeException());
            }

            @Override
            public void onCompleted() {
                client.onCompleted();
            }
        });
        return new StreamObserver<>() {
            @Override
            public void onNext(ClientFrames frames) {
                upstream.onNext(frames);
            }

            @Override
            public void onError(Throwable failure) {
                upstream.onError(failure);
            }

            @Override
            public void onCompleted() {
                upstream.onCompleted();
            }
        };
    }

    private boolean isDropped() {
        synchronized (random) {
            return random.nextDouble() < share;
        }
    }

    @Override
    public void close() {
        server.shutdownNow();
        member.shutdownNow();
    }
}
