package io.gavel.server.api.grpc;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.ClusterGrpc;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ExecuteRequest;
import io.gavel.protocol.v1.GavelGrpc;
import io.gavel.protocol.v1.GetQuery;
import io.gavel.protocol.v1.OpenSession;
import io.gavel.protocol.v1.Put;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.ReadRequest;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.protocol.v1.SessionRef;
import io.gavel.server.agent.AgentRunner;
import io.gavel.server.agent.ExitCode;
import io.gavel.server.agent.Waker;
import io.gavel.server.api.ApiErrors;
import io.gavel.server.api.NodePorts;
import io.gavel.server.api.Readers;
import io.gavel.server.api.ScheduledTimers;
import io.gavel.server.api.SimConsensus;
import io.gavel.server.api.SnapshotExport;
import io.gavel.server.api.Timers;
import io.gavel.server.state.Published;
import io.gavel.server.state.table.StateEvent;
import io.gavel.server.watch.WatchHub;
import io.gavel.server.watch.WatchLimits;
import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A whole API in this process, on the real state machine and a consensus that agrees with itself.
final class ApiFixture implements AutoCloseable {
    static final StreamLimits LIMITS = new StreamLimits(8, 1 << 20);

    final SimConsensus consensus = new SimConsensus();
    final Api api;
    final ManagedChannel channel;
    /// Timers that have neither run nor been cancelled.
    final AtomicInteger pendingTimers = new AtomicInteger();

    /// The member skips what happens, as one that will catch up by snapshot does.
    private volatile boolean behind;

    private final ScheduledTimers timers = new ScheduledTimers("test-timers");
    private final Readers readers = new Readers("test-readers", 1);
    private final Waker waker = new Waker();
    private final WatchHub watches = new WatchHub(1, WatchLimits.DEFAULT, waker::wake);
    private final AgentRunner watchRunner =
            new AgentRunner("test-watches", watches, waker, consensus.clock(), ApiFixture::fail);
    private final Server server;
    private int nonces;

    ApiFixture() throws IOException {
        this(done -> done.accept(null, ApiErrors.unsafe("no snapshot")));
    }

    ApiFixture(SnapshotExport snapshots) throws IOException {
        watches.onRestored(consensus.machine().keyHistory(), 0, 0, List.of(), List.of());
        watchRunner.start();
        NodePorts ports = new NodePorts(
                consensus.identity(),
                consensus,
                consensus::machine,
                consensus,
                readers,
                this::schedule,
                consensus.clock());
        api = new Api(
                ports,
                snapshots,
                watches,
                endpoint -> InProcessChannelBuilder.forName(endpoint).build(),
                LIMITS);
        consensus.tell(new SimConsensus.Hearer() {
            @Override
            public void onSessionEvent(long sessionId, SessionEvent event) {
                if (!behind) {
                    api.onSessionEvent(sessionId, event);
                }
            }

            @Override
            public void onEvents(long revision, List<StateEvent> events) {
                watches.onEvents(revision, events);
            }

            @Override
            public void onCompacted(long oldestRevision) {}

            @Override
            public void onTurnEnd() {
                Published published = consensus.machine().published();
                watches.onPublished(published.revision(), published.replicatedTimeNanos());
                api.onTurnEnd();
            }
        });
        String name = InProcessServerBuilder.generateName();
        InProcessServerBuilder builder = InProcessServerBuilder.forName(name).directExecutor();
        for (BindableService service : api.services()) {
            builder.addService(service);
        }
        server = builder.build().start();
        channel = InProcessChannelBuilder.forName(name).build();
    }

    private Timers.Scheduled schedule(long delayNanos, Runnable task) {
        AtomicBoolean over = new AtomicBoolean();
        Runnable end = () -> {
            if (over.compareAndSet(false, true)) {
                pendingTimers.decrementAndGet();
            }
        };
        pendingTimers.incrementAndGet();
        Timers.Scheduled scheduled = timers.schedule(delayNanos, () -> {
            end.run();
            task.run();
        });
        return () -> {
            end.run();
            scheduled.cancel();
        };
    }

    GavelGrpc.GavelBlockingStub gavel() {
        return GavelGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    ClusterGrpc.ClusterBlockingStub cluster() {
        return ClusterGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    /// Nobody here hears of what the steps change until a snapshot has brought it.
    void catchUpBySnapshot(Runnable steps) {
        behind = true;
        steps.run();
        behind = false;
        consensus.submit(api::onStateReplaced);
    }

    /// Opens a session without a stream.
    SessionRef openSession(long ttlMillis) {
        ByteString secret =
                ByteString.copyFrom(new byte[] {(byte) ++nonces, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15});
        OpenSession open = OpenSession.newBuilder()
                .setNonce(secret)
                .setSecretHash(ByteString.copyFrom(sha256(secret.toByteArray())))
                .setTtlMillis(ttlMillis)
                .setOwner("test")
                .build();
        CommandResult result = execute(Command.newBuilder().setOpenSession(open).build());
        return SessionRef.newBuilder()
                .setSessionId(result.getOpenSession().getSessionId())
                .setSecret(secret)
                .build();
    }

    /// A single attempt without a session.
    CommandResult execute(Command command) {
        return gavel().execute(ExecuteRequest.newBuilder().setCommand(command).build())
                .getResult();
    }

    CommandResult execute(SessionRef session, long sequence, Command command) {
        return gavel().execute(ExecuteRequest.newBuilder()
                        .setSession(session)
                        .setSequence(sequence)
                        .setFloor(1)
                        .setCommand(command)
                        .build())
                .getResult();
    }

    String value(String key) {
        return gavel().read(ReadRequest.newBuilder().setQuery(get(key)).build())
                .getResult()
                .getGet()
                .getEntry()
                .getValue()
                .toStringUtf8();
    }

    static Command put(String key, String value) {
        return Command.newBuilder()
                .setPut(Put.newBuilder().setKey(ByteString.copyFromUtf8(key)).setValue(ByteString.copyFromUtf8(value)))
                .build();
    }

    static Query get(String key) {
        return Query.newBuilder()
                .setGet(GetQuery.newBuilder().setKey(ByteString.copyFromUtf8(key)))
                .build();
    }

    /// The error in the trailer of a call that must fail.
    static Error failure(Callable<?> call) throws Exception {
        try {
            call.call();
        } catch (StatusRuntimeException failed) {
            Error error =
                    failed.getTrailers() == null ? null : failed.getTrailers().get(GrpcErrors.TRAILER);
            if (error == null) {
                throw new AssertionError("no gavel-error-bin trailer", failed);
            }
            if (failed.getStatus().getCode()
                    != GrpcErrors.status(error.getCode()).getCode()) {
                throw new AssertionError("status " + failed.getStatus() + " and error disagree: " + error);
            }
            return error;
        }
        throw new AssertionError("the call succeeded");
    }

    private static void fail(ExitCode code, String reason, @Nullable Throwable cause) {
        throw new AssertionError(code + ": " + reason, cause);
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError(impossible);
        }
    }

    @Override
    public void close() {
        channel.shutdownNow();
        server.shutdownNow();
        api.close();
        watchRunner.close();
        readers.close();
        timers.close();
        consensus.close();
    }
}
