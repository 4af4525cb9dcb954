package io.gavel.server.api;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.ResponseHeader;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.server.entry.Envelope;
import io.gavel.server.entry.Refusals;
import io.gavel.server.entry.RequestLimits;
import io.gavel.server.entry.RequestStamp;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Where every request of every transport ends: validated, limited, put into its envelope and proposed, or answered.
///
/// What it refuses never reached the log. Any thread may call; answers come exactly once, from any thread, and whoever
/// hears them must not block.
public final class RequestRouter {
    private final NodePorts ports;
    private final ReadRouter reads;
    private final ConfigGate configGate;

    /// Hears of each command that was answered. Any thread; must not block.
    @FunctionalInterface
    public interface Meter {
        /// `code` is `ERROR_CODE_UNSPECIFIED` when it worked; `nanos` from its arrival to its answer.
        void onAnswer(Command.KindCase kind, ErrorCode code, long nanos);
    }

    private volatile @Nullable Meter meter;

    public RequestRouter(NodePorts ports) {
        this.ports = ports;
        this.reads = new ReadRouter(ports);
        this.configGate = new ConfigGate(ports, reads);
    }

    /// Measures commands from now on.
    public void measure(Meter observer) {
        meter = observer;
    }

    public ReadRouter reads() {
        return reads;
    }

    public NodePorts ports() {
        return ports;
    }

    /// Executes one attempt of a command.
    public void execute(CommandRequest request, Consumer<CommandResult> done) {
        Error refusal = checkStamp(request);
        if (refusal != null) {
            done.accept(refused(refusal));
            return;
        }
        Command command;
        try {
            command = Command.parseFrom(request.command());
        } catch (InvalidProtocolBufferException malformed) {
            done.accept(refused(
                    Refusals.invalid("command", "an encoded gavel.v1.Command", "", "command cannot be decoded")));
            return;
        }
        refusal = CommandValidator.check(command, request.session().isPresent());
        if (refusal == null
                && CommandValidator.grows(command)
                && ports.consensus().view().condition().growthRefused()) {
            refusal = ApiErrors.storageFull();
        }
        if (refusal != null) {
            done.accept(refused(refusal));
            return;
        }
        execute(request, command, measured(command.getKindCase(), done));
    }

    private Consumer<CommandResult> measured(Command.KindCase kind, Consumer<CommandResult> done) {
        Meter listening = meter;
        if (listening == null) {
            return done;
        }
        long start = ports.clock().nanoTime();
        return result -> {
            ErrorCode code = result.hasError() ? result.getError().getCode() : ErrorCode.ERROR_CODE_UNSPECIFIED;
            listening.onAnswer(kind, code, ports.clock().nanoTime() - start);
            done.accept(result);
        };
    }

    private void execute(CommandRequest request, Command command, Consumer<CommandResult> done) {
        RequestStamp stamp = new RequestStamp(
                request.session().sessionId(), request.session().proof(), request.sequence(), request.floor());
        long deadlineNanos = deadlineNanos(request.deadlineMillis());
        switch (command.getKindCase()) {
            case PUBLISH_CONFIG, ROLLBACK_CONFIG, SET_SCHEMA ->
                configGate.check(command, stamp, deadlineNanos, (checked, answer) -> {
                    if (answer != null) {
                        done.accept(answer);
                    } else {
                        propose(stamp, checked, deadlineNanos, done);
                    }
                });
            default -> propose(stamp, request.command(), deadlineNanos, done);
        }
    }

    /// Renews a session; `done` hears null once the renewal is applied.
    public void renew(SessionProof session, long deadlineMillis, Consumer<@Nullable Error> done) {
        Error refusal = checkDeadline(deadlineMillis);
        if (refusal != null) {
            done.accept(refusal);
            return;
        }
        boolean accepted = ports.consensus()
                .renew(
                        session.sessionId(),
                        session.proof(),
                        deadlineNanos(deadlineMillis),
                        error -> done.accept(
                                error == null
                                        ? null
                                        : ApiErrors.withLeader(
                                                error, ports.consensus().view())));
        if (!accepted) {
            done.accept(ApiErrors.overloaded("renewal queue"));
        }
    }

    /// What is wrong with a deadline as asked, or null.
    public static @Nullable Error checkDeadline(long deadlineMillis) {
        FieldChecks checks = new FieldChecks();
        checks.range("deadline_millis", deadlineMillis, 0, RequestLimits.DEADLINE_MAX_MILLIS);
        return checks.refusal();
    }

    /// The deadline on the node's clock of a request that arrives now.
    public long deadlineNanos(long deadlineMillis) {
        return deadlineNanos(ports.clock().nanoTime(), deadlineMillis);
    }

    /// The deadline on the node's clock of a request that arrived then.
    public static long deadlineNanos(long arrivalNanos, long deadlineMillis) {
        long millis = deadlineMillis == 0 ? RequestLimits.DEADLINE_DEFAULT_MILLIS : deadlineMillis;
        return arrivalNanos + millis * 1_000_000;
    }

    /// Tells again what is in force for a session: its grants, and the losses it has not confirmed. On the apply agent.
    public void redeliver(long sessionId, Consumer<SessionEvent> hear) {
        reads.onApplyAgent(() -> ports.state().get().currentEvents(sessionId).forEach(hear));
    }

    /// Who answers, as of now.
    public ResponseHeader header() {
        MemberIdentity identity = ports.identity();
        ClusterView view = ports.consensus().view();
        return ResponseHeader.newBuilder()
                .setClusterId(identity.clusterId())
                .setIncarnation(identity.incarnation())
                .setRevision(ports.state().get().published().revision())
                .setMemberId(identity.member().value())
                .setLeaderId(ApiErrors.leaderId(view))
                .setLeaderEndpoint(view.leaderEndpoint())
                .build();
    }

    private void propose(RequestStamp stamp, ByteString command, long deadlineNanos, Consumer<CommandResult> done) {
        int featureLevel = ports.state().get().published().featureLevel();
        byte[] envelope = Envelope.ofClient(featureLevel, 0, stamp, command.toByteArray());
        boolean accepted = ports.consensus().propose(envelope, deadlineNanos, result -> done.accept(named(result)));
        if (!accepted) {
            done.accept(refused(ApiErrors.overloaded("proposal queue")));
        }
    }

    /// Consensus knows what went wrong; the router knows whom to ask instead.
    private CommandResult named(CommandResult result) {
        if (!result.hasError()) {
            return result;
        }
        Error error = ApiErrors.withLeader(result.getError(), ports.consensus().view());
        return error.equals(result.getError())
                ? result
                : result.toBuilder().setError(error).build();
    }

    private CommandResult refused(Error error) {
        return ApiErrors.asResult(error);
    }

    private static @Nullable Error checkStamp(CommandRequest request) {
        FieldChecks checks = new FieldChecks();
        checks.bytes("request", request.command(), 0, RequestLimits.REQUEST_BYTES);
        checks.range("deadline_millis", request.deadlineMillis(), 0, RequestLimits.DEADLINE_MAX_MILLIS);
        if (request.session().isPresent()) {
            long sequence = request.sequence();
            checks.range("sequence", sequence, 1, Long.MAX_VALUE);
            checks.range("floor", request.floor(), Math.max(0, sequence - RequestLimits.SESSION_WINDOW + 1), sequence);
        }
        return checks.refusal();
    }
}
