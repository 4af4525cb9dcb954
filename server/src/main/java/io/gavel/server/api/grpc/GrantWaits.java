package io.gavel.server.api.grpc;

import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.protocol.v1.Waiter;
import io.gavel.protocol.v1.WaiterQuery;
import io.gavel.server.api.ApiErrors;
import io.gavel.server.api.ReadRequest;
import io.gavel.server.api.RequestRouter;
import io.gavel.server.api.Timers;
import io.gavel.server.entry.RequestLimits;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/// Long polls for what becomes of a queued acquire or campaign; no thread waits with them.
///
/// A wait is listed before the state is read, so a grant that comes between is not missed.
final class GrantWaits {
    private static final int LIMIT = 10_000;
    private static final long CONFIRM_MILLIS = RequestLimits.DEADLINE_DEFAULT_MILLIS;

    private final RequestRouter router;
    private final ConcurrentHashMap<Long, Queue<GrantWait>> bySession = new ConcurrentHashMap<>();
    private final AtomicInteger size = new AtomicInteger();

    GrantWaits(RequestRouter router) {
        this.router = router;
    }

    /// One long poll; ends once.
    final class GrantWait {
        private final WaiterQuery query;
        private final Consumer<QueryResult> done;
        private final Timers.OneEnd end = new Timers.OneEnd();

        GrantWait(WaiterQuery query, Consumer<QueryResult> done) {
            this.query = query;
            this.done = done;
        }

        private boolean concerns(SessionEvent event) {
            Waiter waiter = switch (event.getKindCase()) {
                case GRANTED -> event.getGranted().getWaiter();
                case LOST -> event.getLost().getWaiter();
                case WAIT_ENDED -> event.getWaitEnded().getWaiter();
                case SESSION_ENDED, KIND_NOT_SET -> query.getWaiter();
            };
            return waiter.equals(query.getWaiter());
        }

        private void end(QueryResult result) {
            if (leave()) {
                done.accept(result);
            }
        }

        /// The client gave up, or the wait is answered; true for the first caller.
        boolean leave() {
            if (!end.end()) {
                return false;
            }
            size.decrementAndGet();
            bySession.computeIfPresent(query.getWaiter().getSessionId(), (id, waits) -> {
                waits.remove(this);
                return waits.isEmpty() ? null : waits;
            });
            return true;
        }
    }

    /// Answers when the request is no longer queued, or with what it is after `waitMillis`.
    GrantWait await(WaiterQuery query, long waitMillis, Consumer<QueryResult> done) {
        GrantWait wait = new GrantWait(query, done);
        if (size.incrementAndGet() > LIMIT) {
            wait.end(ApiErrors.asAnswer(ApiErrors.overloaded("grant wait queue"), 0));
            return wait;
        }
        bySession.compute(query.getWaiter().getSessionId(), (id, present) -> {
            Queue<GrantWait> waits = present == null ? new ConcurrentLinkedQueue<>() : present;
            waits.add(wait);
            return waits;
        });
        Query read = Query.newBuilder().setWaiter(query).build();
        router.reads().read(new ReadRequest(read, router.deadlineNanos(CONFIRM_MILLIS), result -> {
            if (waitMillis == 0 || !result.hasWaiter() || !result.getWaiter().hasQueued()) {
                wait.end(result);
            } else {
                wait.end.endBy(
                        router.ports().timers().schedule(waitMillis * 1_000_000, () -> endWithState(wait, read)));
            }
        }));
        return wait;
    }

    /// Apply agent: the state already shows what the event says.
    void onSessionEvent(long sessionId, SessionEvent event) {
        Queue<GrantWait> waits = bySession.get(sessionId);
        if (waits == null) {
            return;
        }
        for (GrantWait wait : waits) {
            if (wait.concerns(event)) {
                wait.end(router.ports()
                        .state()
                        .get()
                        .read(Query.newBuilder().setWaiter(wait.query).build()));
            }
        }
    }

    /// Apply agent: whoever waits here may have missed the event that ends it.
    void onStateReplaced() {
        new TreeMap<>(bySession).values().forEach(waits -> waits.forEach(this::endUnlessQueued));
    }

    private void endUnlessQueued(GrantWait wait) {
        Query read = Query.newBuilder().setWaiter(wait.query).build();
        router.reads().read(new ReadRequest(read, router.deadlineNanos(CONFIRM_MILLIS), result -> {
            if (result.hasWaiter() && !result.getWaiter().hasQueued()) {
                wait.end(result);
            }
        }));
    }

    private void endWithState(GrantWait wait, Query read) {
        router.reads().read(new ReadRequest(read, router.deadlineNanos(CONFIRM_MILLIS), wait::end));
    }
}
