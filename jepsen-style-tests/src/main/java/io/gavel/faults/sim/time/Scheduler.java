package io.gavel.faults.sim.time;

import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/// One queue of events in the order of virtual time; those of one moment run in the order in which they were asked for.
///
/// Every event is hashed, so that two runs of one seed can be compared. Not thread-safe: a run is one thread.
public final class Scheduler {
    /// An event that may still be taken back.
    public static final class Event implements Comparable<Event> {
        private long atNanos;
        private final long order;
        private final SimProcess process;
        private final String label;
        private @Nullable Runnable task;

        private Event(long atNanos, long order, SimProcess process, String label, Runnable task) {
            this.atNanos = atNanos;
            this.order = order;
            this.process = process;
            this.label = label;
            this.task = task;
        }

        public void cancel() {
            task = null;
        }

        public long atNanos() {
            return atNanos;
        }

        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(atNanos, other.atNanos);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    private final PriorityQueue<Event> queue = new PriorityQueue<>();
    private final SimProcess clockwork = new SimProcess("clockwork");
    private final TraceHash trace = new TraceHash();
    private final Runnable afterEvent;
    private long nowNanos;
    private long lastOrder;
    private long events;

    /// `afterEvent` runs after every event.
    public Scheduler(Runnable afterEvent) {
        this.afterEvent = afterEvent;
    }

    public long nowNanos() {
        return nowNanos;
    }

    /// Events so far.
    public long events() {
        return events;
    }

    public TraceHash trace() {
        return trace;
    }

    /// Runs the task after the delay, on behalf of the process: not if it is dead by then, later if it is paused.
    public Event in(long delayNanos, SimProcess process, String label, Runnable task) {
        return at(nowNanos + Math.max(0, delayNanos), process, label, task);
    }

    /// As [#in], at a moment.
    public Event at(long atNanos, SimProcess process, String label, Runnable task) {
        Event event = new Event(Math.max(atNanos, nowNanos), ++lastOrder, process, label, task);
        queue.add(event);
        return event;
    }

    /// Lives until the moment.
    public void runUntil(long untilNanos) {
        while (!queue.isEmpty() && queue.peek().atNanos <= untilNanos) {
            Event event = queue.remove();
            Runnable task = event.task;
            if (task == null || event.process.isDead()) {
                continue;
            }
            if (event.process.resumesAtNanos() > event.atNanos) {
                event.process.park(event);
                continue;
            }
            nowNanos = event.atNanos;
            events++;
            trace.add(nowNanos);
            trace.add(event.label);
            event.task = null;
            task.run();
            afterEvent.run();
        }
        nowNanos = Math.max(nowNanos, untilNanos);
    }

    /// Nothing of the process happens before this moment, unless [#resume] comes first; what is due waits.
    public void pause(SimProcess process, long untilNanos) {
        process.pauseUntil(untilNanos);
        at(process.resumesAtNanos(), clockwork, "resume", () -> {
            if (process.resumesAtNanos() <= nowNanos) {
                release(process);
            }
        });
    }

    /// The process goes on at once.
    public void resume(SimProcess process) {
        process.resume();
        release(process);
    }

    /// What waited happens now, in its order.
    private void release(SimProcess process) {
        for (Event event : process.unpark()) {
            event.atNanos = nowNanos;
            queue.add(event);
        }
    }
}
