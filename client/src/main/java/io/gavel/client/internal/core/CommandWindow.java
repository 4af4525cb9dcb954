package io.gavel.client.internal.core;

import com.google.protobuf.ByteString;
import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.Outcome;
import io.gavel.client.error.RequestId;
import io.gavel.client.internal.port.Completion;
import io.gavel.client.internal.wire.Errors;
import io.gavel.protocol.v1.ClientFrame;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.StreamCommand;
import io.gavel.protocol.v1.StreamCommandResult;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The mutating requests of one session: gives each a sequence, sends it until the log has decided it, and says exactly
 * once what became of it.
 *
 * <p>How it works, and why. A sequence is in flight from its admission until its answer; {@code floor} is the lowest
 * one in flight, and never more than {@link #WINDOW} above it are admitted, since the cluster keeps results only that
 * far. When a stream is lost everything that was out on it is sent again, same sequence, same bytes, on the next one;
 * the session table on the cluster makes that one effect. An answer counts as the log's only if it says so: other
 * refusals concern one attempt, and say nothing about an earlier one that was lost on the way. So a request is
 * {@code NOT_APPLIED} only if the log said so or no attempt of it is in doubt. What members refuse for its bytes never
 * gets there, so that is the end of it, in doubt or not: it would hold up the window for ever. A caller whose time is
 * up is told {@code UNKNOWN} otherwise, and the request stays and is resolved in the background: were its sequence let
 * go, the cluster would forget the result while a late copy may still arrive.
 */
final class CommandWindow {
    /** How many sequences may be in flight. */
    static final int WINDOW = 1024;
    /** How many requests may wait for a place in the window. */
    static final int MAX_QUEUED = 8192;

    /** How many bytes of commands may be in flight; one command always may. */
    static final long MAX_IN_FLIGHT_BYTES = 8L << 20;
    /** How many bytes of commands may be in flight or wait. */
    static final long MAX_OPEN_BYTES = 64L << 20;

    private static final int REMEMBERED_OUTCOMES = 1024;
    private static final int FRAME_OVERHEAD_BYTES = 24;
    private static final long MIN_ATTEMPT_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long MAX_ATTEMPT_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final Backoff backoff;
    private final Latency latency = new Latency();
    private final long requestTimeoutNanos;
    private long sessionId;
    private long floor = 1;
    private long nextSequence = 1;
    private final @Nullable CommandRequest[] inFlight = new CommandRequest[WINDOW];
    private final ArrayDeque<CommandRequest> queued = new ArrayDeque<>();
    private final ArrayDeque<CommandRequest> toSend = new ArrayDeque<>();
    private final Map<Long, Outcome> decidedLate = new LinkedHashMap<>();
    private int open;
    private long openBytes;
    private long inFlightBytes;
    /** What whoever comes after the end is told. */
    private @Nullable ErrorDetail ended;

    /** No deadline or retry is due before this. */
    private long nextCheck = Long.MAX_VALUE;

    CommandWindow(Backoff backoff, long requestTimeoutNanos) {
        this.backoff = backoff;
        this.requestTimeoutNanos = requestTimeoutNanos;
    }

    void onSession(long id) {
        sessionId = id;
    }

    /** Requests that are not decided. */
    int open() {
        return open;
    }

    long floor() {
        return floor;
    }

    /** When there is something to do: at once, if a stream is ready for what waits to be sent. */
    long nextDeadlineNanos(boolean ready) {
        return ready && !toSend.isEmpty() ? 0 : nextCheck;
    }

    /** Takes a request over; it is sent by the next {@link #pump}. */
    CommandRequest submit(ByteString command, long callerDeadline, Completion<CommandResult> completion) {
        CommandRequest request = new CommandRequest(command, callerDeadline, completion);
        if (ended != null) {
            request.completion = null;
            completion.fail(ended);
            return request;
        }
        if (queued.size() >= MAX_QUEUED || openBytes + command.size() > MAX_OPEN_BYTES) {
            request.completion = null;
            completion.fail(ErrorDetail.local(
                    ErrorCode.OVERLOADED,
                    Outcome.NOT_APPLIED,
                    queued.size() + " requests of this session wait already, with " + openBytes + " bytes in all",
                    "send fewer at a time"));
            return request;
        }
        open++;
        openBytes += command.size();
        queued.add(request);
        nextCheck = Math.min(nextCheck, callerDeadline);
        admit();
        return request;
    }

    /** Forgets a request that was never sent; false = it may have been. */
    boolean retract(CommandRequest request) {
        if (request.closed || request.mayApply()) {
            return false;
        }
        request.completion = null;
        close(request, Outcome.NOT_APPLIED);
        return true;
    }

    private void admit() {
        while (!queued.isEmpty()
                && nextSequence < floor + WINDOW
                && (inFlightBytes == 0
                        || inFlightBytes + queued.element().command.size() <= MAX_IN_FLIGHT_BYTES)) {
            CommandRequest request = queued.remove();
            inFlightBytes += request.command.size();
            request.sequence = nextSequence++;
            inFlight[slot(request.sequence)] = request;
            toSend.add(request);
        }
    }

    /** Sends what is due. */
    void pump(Connection connection, long now) {
        while (!toSend.isEmpty()) {
            CommandRequest request = toSend.remove();
            if (inFlight[slot(request.sequence)] == request && !request.outstanding) {
                send(request, connection, now);
            }
        }
    }

    private void send(CommandRequest request, Connection connection, long now) {
        long wanted = request.completion == null ? requestTimeoutNanos : request.callerDeadline - now;
        long attempt = Math.min(Math.max(Math.min(wanted, requestTimeoutNanos), MIN_ATTEMPT_NANOS), MAX_ATTEMPT_NANOS);
        request.outstanding = true;
        request.retryAt = Long.MAX_VALUE;
        request.sentAt = request.sends == 0 ? now : request.sentAt;
        request.sends++;
        request.resendAt = now + latency.patienceNanos(request.sends);
        nextCheck = Math.min(nextCheck, request.resendAt);
        StreamCommand command = StreamCommand.newBuilder()
                .setSequence(request.sequence)
                .setFloor(floor)
                .setCommand(request.command)
                .setDeadlineMillis(TimeUnit.NANOSECONDS.toMillis(attempt))
                .build();
        connection.send(
                ClientFrame.newBuilder().setCommand(command).build(), request.command.size() + FRAME_OVERHEAD_BYTES);
    }

    /** The stream is gone: whatever was out on it is in doubt, and is sent again on the next one. */
    void onDown() {
        for (long sequence = floor; sequence < nextSequence; sequence++) {
            CommandRequest request = inFlight[slot(sequence)];
            if (request != null) {
                request.sends = 0;
                if (request.outstanding) {
                    resend(request);
                }
            }
        }
    }

    /** The attempt that is out may have arrived, so from now on only the log can say what became of the request. */
    private void resend(CommandRequest request) {
        request.outstanding = false;
        request.inDoubt = true;
        request.repeated = true;
        request.resendAt = Long.MAX_VALUE;
        toSend.add(request);
    }

    /** An answer; returns true when it says that the session is over. */
    boolean onAnswer(StreamCommandResult answer, long now) {
        long sequence = answer.getSequence();
        CommandRequest request = sequence < floor || sequence >= nextSequence ? null : inFlight[slot(sequence)];
        if (request == null || request.sequence != sequence) {
            return false;
        }
        CommandResult result = answer.getResult();
        if (request.outstanding && !request.repeated) {
            latency.onAnswer(now - request.sentAt);
        }
        request.outstanding = false;
        request.sends = 0;
        request.resendAt = Long.MAX_VALUE;
        if (result.hasError()) {
            return onError(request, result, now);
        }
        Completion<CommandResult> completion = request.completion;
        request.completion = null;
        close(request, Outcome.APPLIED);
        if (completion != null) {
            completion.succeed(result);
        }
        return false;
    }

    private boolean onError(CommandRequest request, CommandResult result, long now) {
        Error error = result.getError();
        boolean notApplied = error.getOutcome() == io.gavel.protocol.v1.Outcome.NOT_APPLIED;
        if (error.getCode() == io.gavel.protocol.v1.ErrorCode.SESSION_EXPIRED) {
            refuse(request, error, request.inDoubt || !notApplied ? Outcome.UNKNOWN : Outcome.NOT_APPLIED);
            return true;
        }
        if (result.getDecided()) {
            refuse(request, error, notApplied ? Outcome.NOT_APPLIED : Outcome.UNKNOWN);
            return false;
        }
        request.inDoubt |= !notApplied;
        if (Errors.isTransient(error) || (request.inDoubt && !isForItsBytes(error))) {
            request.refusals++;
            request.lastRefusal = error;
            request.retryAt = now + backoff.nanos(request.refusals);
            nextCheck = Math.min(nextCheck, request.retryAt);
        } else {
            refuse(request, error, request.inDoubt ? Outcome.UNKNOWN : Outcome.NOT_APPLIED);
        }
        return false;
    }

    /** Whether no member will ever propose it: the log would not decide it however often it is asked. */
    private static boolean isForItsBytes(Error error) {
        return error.getCode() == io.gavel.protocol.v1.ErrorCode.INVALID_ARGUMENT
                || error.getCode() == io.gavel.protocol.v1.ErrorCode.UNSUPPORTED;
    }

    /**
     * Tells callers whose time is up and finds retries that are due; true = the stream, which last delivered something
     * at {@code lastReceived}, is dead.
     */
    boolean check(long now, long lastReceived) {
        if (now < nextCheck) {
            return false;
        }
        boolean dead = false;
        long next = Long.MAX_VALUE;
        for (CommandRequest request : openRequests()) {
            if (request.closed) {
                continue;
            }
            if (request.completion != null && request.callerDeadline <= now) {
                onCallerDeadline(request);
            }
            if (request.closed) {
                continue;
            }
            if (request.retryAt <= now) {
                request.retryAt = Long.MAX_VALUE;
                toSend.add(request);
            }
            if (request.outstanding) {
                long quietAt = Math.max(lastReceived, request.sentAt) + latency.quietNanos();
                dead |= quietAt <= now;
                next = Math.min(next, quietAt);
            }
            if (request.resendAt <= now) {
                askAgain(request, now);
            }
            next = Math.min(next, request.completion == null ? Long.MAX_VALUE : request.callerDeadline);
            next = Math.min(next, Math.min(request.retryAt, request.resendAt));
        }
        nextCheck = next;
        if (dead) {
            latency.onQuiet();
        }
        return dead;
    }

    private void askAgain(CommandRequest request, long now) {
        latency.onNoAnswer(request.sends);
        if (latency.mayRepeat(now)) {
            resend(request);
        } else {
            request.resendAt = latency.nextRepeatNanos();
        }
    }

    private List<CommandRequest> openRequests() {
        List<CommandRequest> requests = new ArrayList<>(open);
        for (long sequence = floor; sequence < nextSequence; sequence++) {
            CommandRequest request = inFlight[slot(sequence)];
            if (request != null) {
                requests.add(request);
            }
        }
        requests.addAll(queued);
        return requests;
    }

    private void onCallerDeadline(CommandRequest request) {
        if (request.mayApply()) {
            request.toldUnknown = true;
            Completion<CommandResult> completion = request.completion;
            request.completion = null;
            tell(
                    request,
                    completion,
                    ErrorDetail.local(
                            ErrorCode.DEADLINE,
                            Outcome.UNKNOWN,
                            "no answer in time",
                            "it may have taken effect; outcomeOf tells when it is decided"));
            return;
        }
        Error refusal = request.lastRefusal;
        end(
                request,
                refusal != null
                        ? Errors.detail(refusal, Outcome.NOT_APPLIED)
                        : ErrorDetail.local(
                                ErrorCode.UNAVAILABLE, Outcome.NOT_APPLIED, "no member took the request in time", ""));
    }

    /** The session is over: nothing in flight will be answered any more, and nothing more is taken. */
    void end(ErrorCode code, String message) {
        ended = ErrorDetail.local(code, Outcome.NOT_APPLIED, message, "");
        for (CommandRequest request : openRequests()) {
            if (!request.closed) {
                Outcome outcome = request.mayApply() ? Outcome.UNKNOWN : Outcome.NOT_APPLIED;
                end(request, ErrorDetail.local(code, outcome, message, ""));
            }
        }
    }

    /** Says what became of a sequence as soon as that is known. */
    void outcomeOf(long sequence, Completion<Outcome> asker) {
        CommandRequest request = sequence < floor || sequence >= nextSequence ? null : inFlight[slot(sequence)];
        if (request != null) {
            request.outcomeAskers.add(asker);
        } else {
            asker.succeed(decidedLate.getOrDefault(sequence, Outcome.UNKNOWN));
        }
    }

    private void refuse(CommandRequest request, Error error, Outcome outcome) {
        end(request, Errors.detail(error, outcome));
    }

    /** Closes first: whoever is told may well end the whole session from within. */
    private void end(CommandRequest request, ErrorDetail error) {
        Completion<CommandResult> completion = request.completion;
        request.completion = null;
        close(request, error.outcome());
        tell(request, completion, error);
    }

    private void tell(CommandRequest request, @Nullable Completion<CommandResult> completion, ErrorDetail error) {
        if (completion != null) {
            completion.fail(
                    request.sequence == 0 ? error : error.withRequest(new RequestId(sessionId, request.sequence)));
        }
    }

    private void close(CommandRequest request, Outcome outcome) {
        Invariants.check(!request.closed, "a request is closed once", request.sequence, floor);
        request.closed = true;
        if (request.sequence == 0) {
            queued.remove(request);
        } else {
            inFlight[slot(request.sequence)] = null;
            inFlightBytes -= request.command.size();
            if (request.toldUnknown) {
                remember(request.sequence, outcome);
            }
        }
        open--;
        openBytes -= request.command.size();
        request.retryAt = Long.MAX_VALUE;
        request.resendAt = Long.MAX_VALUE;
        while (floor < nextSequence && inFlight[slot(floor)] == null) {
            floor++;
        }
        admit();
        request.outcomeAskers.forEach(asker -> asker.succeed(outcome));
    }

    private void remember(long sequence, Outcome outcome) {
        decidedLate.put(sequence, outcome);
        if (decidedLate.size() > REMEMBERED_OUTCOMES) {
            decidedLate.remove(decidedLate.keySet().iterator().next());
        }
    }

    private static int slot(long sequence) {
        return (int) (sequence & (WINDOW - 1));
    }
}
