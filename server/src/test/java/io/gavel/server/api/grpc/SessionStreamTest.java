package io.gavel.server.api.grpc;

import static io.gavel.server.api.grpc.ApiFixture.get;
import static io.gavel.server.api.grpc.ApiFixture.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.AcquireLock;
import io.gavel.protocol.v1.ClientFrame;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.Hello;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.RangeQuery;
import io.gavel.protocol.v1.ServerFrame;
import io.gavel.protocol.v1.SessionRef;
import io.gavel.protocol.v1.StreamCommandResult;
import io.gavel.server.entry.Envelope;
import io.gavel.server.state.StateMachine;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SessionStreamTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private ApiFixture fixture;

    @BeforeEach
    void start() throws IOException {
        fixture = new ApiFixture();
    }

    @AfterEach
    void stop() {
        fixture.close();
    }

    @Test
    void commandsReadsAndRenewalsOfOneSessionShareAStream() {
        SessionRef session = fixture.openSession(10_000);
        StreamClient client = new StreamClient(fixture.channel).hello(session);

        client.send(StreamClient.command(1, put("a", "1")), StreamClient.renew(7));
        StreamCommandResult written = client.awaitFrame(ServerFrame::hasCommand).getCommand();
        client.send(StreamClient.read(3, get("a")));

        assertThat(written.getSequence()).isEqualTo(1);
        assertThat(written.getResult().getPut().getVersion()).isEqualTo(1);
        ServerFrame read = client.awaitFrame(ServerFrame::hasRead);
        assertThat(read.getRead().getReadId()).isEqualTo(3);
        assertThat(read.getRead().getResult().getGet().getEntry().getValue().toStringUtf8())
                .isEqualTo("1");
        ServerFrame renewed = client.awaitFrame(ServerFrame::hasRenewed);
        assertThat(renewed.getRenewed().getRenewalId()).isEqualTo(7);
        assertThat(renewed.getRenewed().hasError()).isFalse();
        assertThat(client.frames().getFirst().getHello().getProtocol()).isEqualTo(1);
    }

    @Test
    void theClientsBytesGoIntoTheLogVerbatim() {
        SessionRef session = fixture.openSession(10_000);
        ByteString bytes = put("a", "1").toByteString();
        StreamClient client = new StreamClient(fixture.channel).hello(session);
        client.send(StreamClient.command(1, bytes));
        client.awaitFrame(ServerFrame::hasCommand);

        byte[] envelope = fixture.consensus.proposed().getLast();

        assertThat(Arrays.copyOfRange(envelope, Envelope.HEADER_BYTES, envelope.length))
                .isEqualTo(bytes.toByteArray());
    }

    @Test
    void answersOfOneTurnLeaveInOneMessage() {
        SessionRef session = fixture.openSession(10_000);
        StreamClient client = new StreamClient(fixture.channel).hello(session);
        client.awaitFrame(ServerFrame::hasHello);
        int count = 200;
        fixture.consensus.hold();
        ClientFrame[] commands = new ClientFrame[count];
        for (int i = 0; i < count; i++) {
            commands[i] = StreamClient.command(i + 1, put("k" + i, "v"));
        }
        client.send(commands);
        await().atMost(PATIENCE).until(() -> fixture.consensus.proposed().size() == count + 1);
        int before = client.messages.size();
        fixture.consensus.letGo();

        await().atMost(PATIENCE)
                .until(() ->
                        client.frames().stream().filter(ServerFrame::hasCommand).count() == count);
        assertThat(client.messages.size() - before).isEqualTo(1);
        assertThat(client.messages.getLast().getFramesList())
                .extracting(frame -> frame.getCommand().getSequence())
                .isSorted();
    }

    @Test
    void theFirstFrameMustBeAHello() {
        StreamClient client = new StreamClient(fixture.channel).send(StreamClient.command(1, put("a", "1")));

        assertThat(error(client).getCode()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(fixture.consensus.proposed()).isEmpty();
    }

    @Test
    void anotherClusterOrProtocolIsRefusedInTheReply() {
        StreamClient elsewhere = new StreamClient(fixture.channel)
                .hello(Hello.newBuilder()
                        .setMinProtocol(1)
                        .setMaxProtocol(1)
                        .setClusterId(ByteString.copyFromUtf8("another cluster!"))
                        .build());
        StreamClient tooNew = new StreamClient(fixture.channel)
                .hello(Hello.newBuilder().setMinProtocol(2).setMaxProtocol(3).build());

        assertThat(error(elsewhere).getCode()).isEqualTo(ErrorCode.WRONG_CLUSTER);
        assertThat(elsewhere.frames().getFirst().getHello().getError().getCode())
                .isEqualTo(ErrorCode.WRONG_CLUSTER);
        assertThat(error(tooNew).getCode()).isEqualTo(ErrorCode.UNSUPPORTED);
    }

    @Test
    void aStrangerHearsNothingOfASession() {
        SessionRef session = fixture.openSession(10_000);
        SessionRef stranger =
                session.toBuilder().setSecret(ByteString.copyFrom(new byte[16])).build();

        assertThat(error(new StreamClient(fixture.channel).hello(stranger)).getCode())
                .isEqualTo(ErrorCode.INVALID_ARGUMENT);
    }

    @Test
    void anEndedSessionIsToldSo() {
        SessionRef session = fixture.openSession(1_000);
        fixture.consensus.advance(10_000_000_000L);
        StreamClient client = new StreamClient(fixture.channel).hello(session);

        ServerFrame event = client.awaitFrame(ServerFrame::hasEvent);
        assertThat(event.getEvent().getSessionEnded().getCode()).isEqualTo(ErrorCode.SESSION_EXPIRED);
    }

    @Test
    void aStreamThatCameWithoutALeaderHearsItsSessionAfterTheFirstRenewal() {
        SessionRef session = fixture.openSession(10_000);
        StreamClient first = new StreamClient(fixture.channel).hello(session);
        Command acquire = Command.newBuilder()
                .setAcquireLock(AcquireLock.newBuilder().setName("l"))
                .build();
        first.send(StreamClient.command(1, acquire));
        first.awaitFrame(ServerFrame::hasCommand);

        fixture.consensus.loseLeader(true);
        StreamClient second = new StreamClient(fixture.channel).hello(session);
        second.awaitFrame(ServerFrame::hasHello);
        second.send(StreamClient.renew(1));
        assertThat(second.awaitFrame(ServerFrame::hasRenewed).getRenewed().hasError())
                .isTrue();
        fixture.consensus.loseLeader(false);
        second.send(StreamClient.renew(2));

        ServerFrame told = second.awaitFrame(ServerFrame::hasEvent);
        assertThat(told.getEvent().getGranted().getName()).isEqualTo("l");
    }

    @Test
    void aStreamThatEndsBeforeItsSessionIsProvenIsForgotten() {
        SessionRef session = fixture.openSession(10_000);
        CountDownLatch proving = new CountDownLatch(1);
        fixture.consensus.submit(() -> awaitUninterruptibly(proving));
        StreamClient client = new StreamClient(fixture.channel).hello(session);
        await().atMost(PATIENCE).until(() -> fixture.api.sessionStreams() == 1);
        client.cancel();
        await().atMost(PATIENCE).until(() -> fixture.api.sessionStreams() == 0);
        proving.countDown();

        assertThat(fixture.consensus.read(StateMachine::published)).isNotNull();
        assertThat(fixture.api.heardSessions()).isZero();
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            assertThat(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException stopped) {
            throw new AssertionError(stopped);
        }
    }

    @Test
    void aStreamWithoutASessionServesReadsAndSingleAttempts() {
        StreamClient client = new StreamClient(fixture.channel).hello();
        client.send(StreamClient.command(41, put("a", "1")), StreamClient.renew(1));

        assertThat(client.awaitFrame(ServerFrame::hasCommand).getCommand().getSequence())
                .isEqualTo(41);
        assertThat(client.awaitFrame(ServerFrame::hasRenewed)
                        .getRenewed()
                        .getError()
                        .getCode())
                .isEqualTo(ErrorCode.INVALID_ARGUMENT);
    }

    @Test
    void errorsAreInsideTheAnswers() {
        SessionRef session = fixture.openSession(10_000);
        StreamClient client = new StreamClient(fixture.channel).hello(session);
        client.send(StreamClient.command(1, put("k".repeat(1025), "1")));

        Error error = client.awaitFrame(ServerFrame::hasCommand)
                .getCommand()
                .getResult()
                .getError();

        assertThat(error.getField()).isEqualTo("put.key");
        assertThat(client.failure).isNull();
    }

    @Test
    void aHalfClosedStreamStillGetsItsAnswers() {
        SessionRef session = fixture.openSession(10_000);
        StreamClient client = new StreamClient(fixture.channel).hello(session);
        client.awaitFrame(ServerFrame::hasHello);
        fixture.consensus.hold();
        client.send(StreamClient.command(1, put("a", "1")));
        await().atMost(PATIENCE).until(() -> fixture.consensus.proposed().size() == 2);
        client.halfClose();
        fixture.consensus.letGo();

        client.awaitCompletion();
        assertThat(client.frames()).anyMatch(ServerFrame::hasCommand);
    }

    @Test
    void aSlowReaderIsCutWithOverloadedAndOthersAreNotDisturbed() {
        String value = "x".repeat(100_000);
        for (int i = 0; i < 10; i++) {
            fixture.execute(put("big" + i, value));
        }
        StreamClient slow = new StreamClient(fixture.channel, false).hello();
        Query everything = Query.newBuilder()
                .setRange(RangeQuery.newBuilder().setPrefix(ByteString.copyFromUtf8("big")))
                .build();
        for (int i = 0; i < 4; i++) {
            slow.send(StreamClient.read(i, everything));
        }
        await().atMost(PATIENCE).until(() -> fixture.api.sessionStreams() == 0);
        slow.readOn(100);

        assertThat(error(slow).getCode()).isEqualTo(ErrorCode.OVERLOADED);
        assertThat(fixture.value("big0")).isEqualTo(value);
    }

    @Test
    void leaderChangesArePushed() {
        StreamClient client = new StreamClient(fixture.channel).hello();
        client.awaitFrame(ServerFrame::hasHello);
        fixture.consensus.loseLeader(true);
        ServerFrame lost = client.awaitFrame(ServerFrame::hasLeader);
        fixture.consensus.loseLeader(false);
        ServerFrame found = client.awaitFrame(
                frame -> frame.hasLeader() && frame.getLeader().getLeaderId() == 1);

        assertThat(lost.getLeader().getLeaderId()).isZero();
        assertThat(found.getLeader().getEndpoint()).isEqualTo("sim:0");
    }

    @Test
    void moreStreamsThanTheLimitAreRefused() {
        for (int i = 0; i < ApiFixture.LIMITS.streams(); i++) {
            new StreamClient(fixture.channel).hello().awaitFrame(ServerFrame::hasHello);
        }
        StreamClient beyond = new StreamClient(fixture.channel);

        assertThat(error(beyond).getCode()).isEqualTo(ErrorCode.OVERLOADED);
    }

    @Test
    void aCancelledStreamIsForgotten() {
        StreamClient client = new StreamClient(fixture.channel).hello();
        client.awaitFrame(ServerFrame::hasHello);
        assertThat(fixture.api.sessionStreams()).isEqualTo(1);
        client.cancel();

        await().atMost(PATIENCE).until(() -> fixture.api.sessionStreams() == 0);
    }

    private static Error error(StreamClient client) {
        Metadata trailers = Status.trailersFromThrowable(client.awaitFailure());
        Error error = trailers == null ? null : trailers.get(GrpcErrors.TRAILER);
        if (error == null) {
            throw new AssertionError("no gavel-error-bin trailer", client.failure);
        }
        return error;
    }
}
