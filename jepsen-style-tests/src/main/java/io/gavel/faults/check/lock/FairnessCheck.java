package io.gavel.faults.check.lock;

import io.gavel.faults.check.Check;
import io.gavel.faults.check.Evidence;
import io.gavel.faults.check.Finding;
import io.gavel.faults.history.Event;
import io.gavel.faults.history.Observation;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/// I23: waiters of a lock are granted in the order in which the log queued them, whoever left is skipped, whoever was
/// put first on purpose comes first, and tokens rise in that order. Judged on what the replicated state reports, in log
/// order.
public final class FairnessCheck implements Check {
    private static final String NAME = "I23 fairness";

    /// What is known of one lock.
    private static final class Queue {
        final Map<String, Long> waiting = new LinkedHashMap<>();
        final Set<String> granted = new HashSet<>();
        long lastToken;
        private long head;

        void moveToHead(String waiter) {
            waiting.computeIfPresent(waiter, (_, _) -> --head);
        }
    }

    @Override
    public void judge(Evidence evidence, Consumer<Finding> findings) {
        Map<String, Queue> queues = new TreeMap<>();
        for (Event event : evidence.events()) {
            Observation observation = event.observation();
            if (observation instanceof Observation.Enqueued enqueued) {
                queue(queues, enqueued.lock()).waiting.putIfAbsent(enqueued.waiter(), enqueued.index());
            } else if (observation instanceof Observation.QueueLeft left) {
                queue(queues, left.lock()).waiting.remove(left.waiter());
            } else if (observation instanceof Observation.QueueMoved moved) {
                queue(queues, moved.lock()).moveToHead(moved.waiter());
            } else if (observation instanceof Observation.QueueGranted granted) {
                onGrant(event, granted, queue(queues, granted.lock()), findings);
            }
        }
    }

    private static Queue queue(Map<String, Queue> queues, String lock) {
        return queues.computeIfAbsent(lock, unseen -> new Queue());
    }

    private static void onGrant(
            Event event, Observation.QueueGranted granted, Queue queue, Consumer<Finding> findings) {
        queue.waiting.forEach((waiter, index) -> {
            Long own = queue.waiting.get(granted.waiter());
            if (!waiter.equals(granted.waiter()) && (own == null || index < own)) {
                findings.accept(Finding.violated(
                        NAME,
                        "lock " + granted.lock() + ": " + granted.waiter() + " was granted at index " + granted.index()
                                + " before " + waiter + ", which waited since index " + index,
                        event.call(),
                        event.returned()));
            }
        });
        queue.waiting.remove(granted.waiter());
        if (!queue.granted.add(granted.waiter())) {
            findings.accept(Finding.violated(
                    NAME,
                    "lock " + granted.lock() + ": " + granted.waiter() + " was granted twice",
                    event.call(),
                    event.returned()));
        }
        if (granted.token() <= queue.lastToken) {
            findings.accept(Finding.violated(
                    NAME,
                    "lock " + granted.lock() + ": token " + granted.token() + " after " + queue.lastToken,
                    event.call(),
                    event.returned()));
        }
        queue.lastToken = Math.max(queue.lastToken, granted.token());
    }
}
