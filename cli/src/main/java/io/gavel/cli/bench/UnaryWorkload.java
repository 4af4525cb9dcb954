package io.gavel.cli.bench;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.protobuf.ByteString;
import io.gavel.cli.CommandFailure;
import io.gavel.cli.ExitCode;
import io.gavel.cli.GlobalOptions;
import io.gavel.client.GavelClientBuilder;
import io.gavel.client.error.ErrorCode;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.ExecuteRequest;
import io.gavel.protocol.v1.ExecuteResponse;
import io.gavel.protocol.v1.GavelGrpc;
import io.gavel.protocol.v1.GetQuery;
import io.gavel.protocol.v1.OpenSession;
import io.gavel.protocol.v1.Put;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.ReadRequest;
import io.gavel.protocol.v1.SessionRef;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/// put and get as unary calls, the way a client in another language does it; each bench client has a session of its
/// own, so that puts are executed exactly once here too.
final class UnaryWorkload implements Workload {
    private static final long SESSION_TTL_MILLIS = 3_600_000;
    private static final int SECRET_BYTES = 16;

    private final boolean puts;
    private final StreamWorkloads.Shape shape;
    private final ByteString value;
    private final List<ManagedChannel> channels = new ArrayList<>();
    private final List<BenchSession> sessions = new ArrayList<>();

    /// @throws CommandFailure when a member opens no session in time
    UnaryWorkload(boolean puts, GlobalOptions global, StreamWorkloads.Shape shape, int clients) {
        // The SDK is not used here, but knows what an endpoint is.
        GavelClientBuilder ignored = global.client();
        List<String> endpoints = global.endpoints();
        this.puts = puts;
        this.shape = shape;
        this.value = ByteString.copyFrom(shape.value().toByteArray());
        for (int i = 0; i < shape.connections(); i++) {
            channels.add(NettyChannelBuilder.forTarget(endpoints.get(i % endpoints.size()))
                    .usePlaintext()
                    .directExecutor()
                    .build());
        }
        for (int i = 0; i < clients; i++) {
            ManagedChannel channel = channels.get(i % channels.size());
            sessions.add(new BenchSession(
                    GavelGrpc.newFutureStub(channel),
                    puts ? open(channel, global.timeout()) : SessionRef.getDefaultInstance()));
        }
    }

    private static final class BenchSession {
        private final GavelGrpc.GavelFutureStub stub;
        private final SessionRef session;
        private long sequence;

        BenchSession(GavelGrpc.GavelFutureStub stub, SessionRef session) {
            this.stub = stub;
            this.session = session;
        }
    }

    private static SessionRef open(ManagedChannel channel, Duration timeout) {
        SecureRandom random = new SecureRandom();
        byte[] secret = new byte[SECRET_BYTES];
        random.nextBytes(secret);
        byte[] nonce = new byte[SECRET_BYTES];
        random.nextBytes(nonce);
        OpenSession open = OpenSession.newBuilder()
                .setNonce(ByteString.copyFrom(nonce))
                .setSecretHash(ByteString.copyFrom(sha256(secret)))
                .setTtlMillis(SESSION_TTL_MILLIS)
                .setOwner("bench --unary")
                .build();
        try {
            CommandResult result = GavelGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS)
                    .execute(ExecuteRequest.newBuilder()
                            .setCommand(Command.newBuilder().setOpenSession(open))
                            .build())
                    .getResult();
            return SessionRef.newBuilder()
                    .setSessionId(result.getOpenSession().getSessionId())
                    .setSecret(ByteString.copyFrom(secret))
                    .build();
        } catch (StatusRuntimeException e) {
            throw new CommandFailure(
                    ExitCode.UNAVAILABLE,
                    ErrorCode.UNAVAILABLE,
                    channel.authority() + " opened no session: " + e.getMessage(),
                    "gavel status");
        }
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    @Override
    public CompletableFuture<?> next(int client) {
        return puts ? put(sessions.get(client)) : get(sessions.get(client));
    }

    private CompletableFuture<?> put(BenchSession session) {
        long sequence = ++session.sequence;
        Put put = Put.newBuilder()
                .setKey(ByteString.copyFrom(shape.randomKey().toByteArray()))
                .setValue(value)
                .build();
        ListenableFuture<ExecuteResponse> answer = session.stub.execute(ExecuteRequest.newBuilder()
                .setSession(session.session)
                .setSequence(sequence)
                .setFloor(sequence)
                .setCommand(Command.newBuilder().setPut(put))
                .build());
        return completable(answer, response -> !response.getResult().hasError());
    }

    private CompletableFuture<?> get(BenchSession session) {
        Query query = Query.newBuilder()
                .setGet(GetQuery.newBuilder()
                        .setKey(ByteString.copyFrom(shape.randomKey().toByteArray())))
                .build();
        return completable(
                session.stub.read(ReadRequest.newBuilder().setQuery(query).build()),
                response -> !response.getResult().hasError());
    }

    private static <T> CompletableFuture<T> completable(ListenableFuture<T> answer, Predicate<T> succeeded) {
        CompletableFuture<T> future = new CompletableFuture<>();
        Futures.addCallback(
                answer,
                new FutureCallback<T>() {
                    @Override
                    public void onSuccess(T result) {
                        if (succeeded.test(result)) {
                            future.complete(result);
                        } else {
                            future.completeExceptionally(new IllegalStateException("refused"));
                        }
                    }

                    @Override
                    public void onFailure(Throwable failure) {
                        future.completeExceptionally(failure);
                    }
                },
                MoreExecutors.directExecutor());
        return future;
    }

    @Override
    public void close() {
        channels.forEach(ManagedChannel::shutdownNow);
    }
}
