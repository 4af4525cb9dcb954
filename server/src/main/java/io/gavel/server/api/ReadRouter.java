package io.gavel.server.api;

import io.gavel.protocol.v1.Consistency;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.server.state.StateMachine;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers queries: linearizable ones behind a confirmed read point, stale ones at once with their greatest age.
///
/// Point reads are served where the read point is confirmed, ranges and counts on the readers' threads, everything else
/// between two entries on the apply agent. Any thread may call; answers come from any thread and must not block it.
public final class ReadRouter {
    private static final Logger LOG = LoggerFactory.getLogger(ReadRouter.class);

    /// The age of a stale answer by a member that never confirmed a read point.
    public static final long AGE_UNKNOWN_MILLIS = Long.MAX_VALUE;

    private static final long NEVER = Long.MIN_VALUE;
    private static final long PROBE_AFTER_NANOS = 500_000_000L;
    private static final long PROBE_DEADLINE_NANOS = 1_000_000_000L;

    private final NodePorts ports;
    private final RevisionWaits waits;
    // Everything committed before this reading of the clock is applied here; rises only.
    private final AtomicLong freshAsOfNanos = new AtomicLong(NEVER);
    private final AtomicBoolean probing = new AtomicBoolean();

    ReadRouter(NodePorts ports) {
        this.ports = ports;
        this.waits = new RevisionWaits(ports.timers(), ports.clock());
    }

    /// Answers one query.
    public void read(ReadRequest request) {
        readAll(List.of(request));
    }

    /// Answers queries that arrived together; those with one deadline share one read point.
    public void readAll(List<ReadRequest> requests) {
        List<ReadRequest> linearizable = new ArrayList<>(requests.size());
        for (ReadRequest request : requests) {
            Error refusal = QueryValidator.check(request.query());
            if (refusal != null) {
                request.done().accept(answer(refusal));
            } else if (request.query().getConsistency() == Consistency.STALE) {
                serve(List.of(request));
                probeWhenOld();
            } else {
                linearizable.add(request);
            }
        }
        int from = 0;
        for (int i = 1; i <= linearizable.size(); i++) {
            if (i == linearizable.size()
                    || linearizable.get(i).deadlineNanos()
                            != linearizable.get(from).deadlineNanos()) {
                confirmThenServe(linearizable.subList(from, i));
                from = i;
            }
        }
    }

    /// Confirms a linearizable read point; `done` hears null or the reason against it.
    public void confirm(long deadlineNanos, ReadDone done) {
        long askedAt = ports.clock().nanoTime();
        boolean accepted = ports.consensus().readIndex(deadlineNanos, error -> {
            if (error == null) {
                freshAsOfNanos.accumulateAndGet(askedAt, Math::max);
                done.done(null);
            } else {
                done.done(ApiErrors.withLeader(error, ports.consensus().view()));
            }
        });
        if (!accepted) {
            done.done(ApiErrors.overloaded("read queue"));
        }
    }

    /// Reads what this member has applied, without a read point: for what the caller knows to be applied.
    public void readApplied(Query query, Consumer<QueryResult> done) {
        if (!onApplyAgent(() -> done.accept(readNow(query)))) {
            done.accept(answer(ApiErrors.overloaded("apply queue")));
        }
    }

    /// Runs a task on the apply agent; false = its mailbox is full.
    boolean onApplyAgent(Runnable task) {
        return ports.applyTasks().submit(task);
    }

    /// Lets reads go that waited for what has been applied meanwhile.
    public void onTurnEnd() {
        waits.release(ports.state().get().published().revision());
    }

    private void confirmThenServe(List<ReadRequest> batch) {
        confirm(batch.getFirst().deadlineNanos(), error -> {
            if (error == null) {
                serve(batch);
            } else {
                batch.forEach(request -> request.done().accept(answer(error)));
            }
        });
    }

    private void serve(List<ReadRequest> batch) {
        List<ReadRequest> forApplyAgent = new ArrayList<>();
        long revision = ports.state().get().published().revision();
        for (ReadRequest request : batch) {
            Query query = request.query();
            if (Long.compareUnsigned(query.getNotBeforeRevision(), revision) > 0) {
                await(request);
            } else if (query.hasGet()) {
                request.done().accept(readNow(query));
            } else if (StateMachine.canReadAnywhere(query)) {
                serveOnReader(request);
            } else {
                forApplyAgent.add(request);
            }
        }
        if (!forApplyAgent.isEmpty()
                && !onApplyAgent(
                        () -> forApplyAgent.forEach(request -> request.done().accept(readNow(request.query()))))) {
            forApplyAgent.forEach(request -> request.done().accept(answer(ApiErrors.overloaded("apply queue"))));
        }
    }

    private void await(ReadRequest request) {
        long revision = request.query().getNotBeforeRevision();
        boolean added = waits.add(revision, request.deadlineNanos(), inTime -> {
            if (inTime) {
                serve(List.of(request));
            } else {
                request.done()
                        .accept(answer(ApiErrors.deadline("waiting for revision " + Long.toUnsignedString(revision))));
            }
        });
        if (!added) {
            request.done().accept(answer(ApiErrors.overloaded("revision queue")));
        }
        onTurnEnd();
    }

    private void serveOnReader(ReadRequest request) {
        Consumer<QueryResult> done = request.done();
        if (!onReader(
                () -> done.accept(readNow(request.query())),
                defect -> done.accept(answer(ApiErrors.internal(defect))))) {
            done.accept(answer(ApiErrors.overloaded("reader queue")));
        }
    }

    /// Runs a longer task on a reader's thread; false = all are busy and their queue is full. A defect in the task
    /// concerns its request only and goes to the log.
    boolean onReader(Runnable task, Consumer<String> onDefect) {
        try {
            ports.readers().execute(() -> {
                try {
                    task.run();
                } catch (RuntimeException defect) {
                    LOG.error("a read failed", defect);
                    onDefect.accept(String.valueOf(defect.getMessage()));
                }
            });
            return true;
        } catch (RejectedExecutionException full) {
            return false;
        }
    }

    private QueryResult readNow(Query query) {
        QueryResult result = ports.state().get().read(query);
        if (query.getConsistency() == Consistency.STALE) {
            return result.toBuilder().setMaxAgeMillis(maxAgeMillis()).build();
        }
        return result;
    }

    private long maxAgeMillis() {
        long freshAsOf = freshAsOfNanos.get();
        return freshAsOf == NEVER
                ? AGE_UNKNOWN_MILLIS
                : Math.max(1, (ports.clock().nanoTime() - freshAsOf) / 1_000_000 + 1);
    }

    /// Keeps the stated age of stale answers small without making any of them wait.
    private void probeWhenOld() {
        long now = ports.clock().nanoTime();
        long freshAsOf = freshAsOfNanos.get();
        if ((freshAsOf == NEVER || now - freshAsOf > PROBE_AFTER_NANOS) && probing.compareAndSet(false, true)) {
            confirm(now + PROBE_DEADLINE_NANOS, error -> probing.set(false));
        }
    }

    private QueryResult answer(Error error) {
        return ApiErrors.asAnswer(error, ports.state().get().published().revision());
    }
}
