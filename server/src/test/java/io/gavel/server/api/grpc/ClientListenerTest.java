package io.gavel.server.api.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import io.gavel.protocol.v1.ClusterGrpc;
import io.gavel.protocol.v1.ExecuteRequest;
import io.gavel.protocol.v1.GavelGrpc;
import io.gavel.protocol.v1.StatusRequest;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The listener on a real socket, as a tool that knows nothing of Gavel sees it.
class ClientListenerTest {
    private static final int MESSAGE_BYTES = 4 << 20;

    private ApiFixture fixture;
    private ClientListener listener;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws Exception {
        fixture = new ApiFixture();
        listener = new ClientListener(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1, MESSAGE_BYTES, fixture.api.services());
        listener.start();
        channel = NettyChannelBuilder.forAddress("127.0.0.1", listener.port())
                .usePlaintext()
                .keepAliveTime(3, TimeUnit.SECONDS)
                .keepAliveWithoutCalls(true)
                .build();
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        listener.close();
        fixture.close();
    }

    @Test
    void servesOverARealSocket() {
        var stub = GavelGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);

        assertThat(stub.execute(ExecuteRequest.newBuilder()
                                .setCommand(ApiFixture.put("a", "1"))
                                .build())
                        .getResult()
                        .getRevision())
                .isEqualTo(1);
        assertThat(ClusterGrpc.newBlockingStub(channel)
                        .withDeadlineAfter(20, TimeUnit.SECONDS)
                        .status(StatusRequest.getDefaultInstance())
                        .getRole())
                .isEqualTo("leader");
    }

    @Test
    void reflectionListsTheServicesAndTheirFiles() throws Exception {
        ServerReflectionResponse services =
                reflect(ServerReflectionRequest.newBuilder().setListServices("").build());
        ServerReflectionResponse file = reflect(ServerReflectionRequest.newBuilder()
                .setFileContainingSymbol("gavel.v1.Gavel")
                .build());

        assertThat(services.getListServicesResponse().getServiceList())
                .extracting(service -> service.getName())
                .contains("gavel.v1.Gavel", "gavel.v1.Cluster", "grpc.health.v1.Health");
        FileDescriptorProto proto =
                FileDescriptorProto.parseFrom(file.getFileDescriptorResponse().getFileDescriptorProto(0));
        assertThat(proto.getService(0).getMethodList())
                .extracting(method -> method.getName())
                .containsExactly("Execute", "Read", "Renew", "AwaitGrant", "Watch", "Session");
    }

    @Test
    void healthFollowsWhetherRequestsCanBeServed() {
        assertThat(health(GavelGrpc.SERVICE_NAME)).isEqualTo(ServingStatus.NOT_SERVING);
        listener.serving(true);
        assertThat(health(GavelGrpc.SERVICE_NAME)).isEqualTo(ServingStatus.SERVING);
        assertThat(health("")).isEqualTo(ServingStatus.SERVING);
        listener.serving(false);
        assertThat(health(ClusterGrpc.SERVICE_NAME)).isEqualTo(ServingStatus.NOT_SERVING);
    }

    @Test
    void aMessageBeyondTheLimitIsRefusedByTheTransport() {
        var stub = GavelGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
        ExecuteRequest tooLarge = ExecuteRequest.newBuilder()
                .setCommand(ApiFixture.put("a", "x".repeat(MESSAGE_BYTES)))
                .build();
        try {
            stub.execute(tooLarge);
        } catch (StatusRuntimeException refused) {
            assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            return;
        }
        throw new AssertionError("the message was accepted");
    }

    private ServingStatus health(String service) {
        return HealthGrpc.newBlockingStub(channel)
                .withDeadlineAfter(20, TimeUnit.SECONDS)
                .check(HealthCheckRequest.newBuilder().setService(service).build())
                .getStatus();
    }

    private ServerReflectionResponse reflect(ServerReflectionRequest request) {
        List<ServerReflectionResponse> responses = new CopyOnWriteArrayList<>();
        StreamObserver<ServerReflectionRequest> call = ServerReflectionGrpc.newStub(channel)
                .serverReflectionInfo(new StreamObserver<>() {
                    @Override
                    public void onNext(ServerReflectionResponse response) {
                        responses.add(response);
                    }

                    @Override
                    public void onError(Throwable failed) {
                        throw new AssertionError(failed);
                    }

                    @Override
                    public void onCompleted() {}
                });
        call.onNext(request);
        await().until(() -> !responses.isEmpty());
        call.onCompleted();
        return responses.getFirst();
    }
}
