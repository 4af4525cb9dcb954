package io.gavel.client.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.gavel.client.GavelClient;
import io.gavel.client.cluster.SnapshotHeader;
import io.gavel.protocol.v1.ClusterGrpc;
import io.gavel.protocol.v1.SaveSnapshotRequest;
import io.gavel.protocol.v1.SnapshotChunk;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which member's state becomes the backup. */
@Timeout(60)
class SavedSnapshotTest {
    private final List<Server> servers = new ArrayList<>();
    private final List<String> endpoints = new ArrayList<>();

    @AfterEach
    void stop() {
        servers.forEach(Server::shutdownNow);
    }

    @Test
    void aMemberThatLostTouchIsPassedOverWhileAnotherKnowsMore() throws IOException {
        member(5, false);
        member(7, true);
        member(6, false);

        assertThat(saved()).isEqualTo("the state at 7, confirmed");
    }

    @Test
    void withoutAMajorityTheNewestStateThatThereIsIsSaved() throws IOException {
        member(5, false);
        member(7, false);
        member(6, false);

        assertThat(saved()).isEqualTo("the state at 7, unconfirmed");
    }

    private String saved() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GavelClient client = GavelClient.builder()
                .endpoints(endpoints.toArray(new String[0]))
                .build()) {
            SnapshotHeader header = client.cluster().saveSnapshot(out);
            return out + (header.confirmed() ? ", confirmed" : ", unconfirmed");
        }
    }

    private void member(long index, boolean confirmed) throws IOException {
        Server server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(new ClusterGrpc.ClusterImplBase() {
                    @Override
                    public void saveSnapshot(SaveSnapshotRequest request, StreamObserver<SnapshotChunk> observer) {
                        SnapshotChunk.Builder first = SnapshotChunk.newBuilder();
                        first.getHeaderBuilder().setIndex(index).setConfirmed(confirmed);
                        observer.onNext(first.setContent(ByteString.copyFromUtf8("the state at "))
                                .build());
                        observer.onNext(SnapshotChunk.newBuilder()
                                .setContent(ByteString.copyFromUtf8(Long.toString(index)))
                                .build());
                        observer.onCompleted();
                    }
                })
                .build()
                .start();
        servers.add(server);
        endpoints.add("127.0.0.1:" + server.getPort());
    }
}
