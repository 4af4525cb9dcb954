package io.gavel.faults.history;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Records what the clients of one run do and see. Confined to one thread.
///
/// An operation is opened by `invoke` and ended by `ok`, `fail` or `info`; those still open at `finish` are unknown.
public final class History {
    private final List<Operation> operations = new ArrayList<>();
    private final List<Event> events = new ArrayList<>();
    private final TreeMap<Long, Operation> open = new TreeMap<>();
    private long lastId;

    /// Opens an operation and returns its id.
    public long invoke(int process, Call call, Stamp stamp, long nowNanos) {
        open.put(++lastId, new Operation(process, call, stamp, Status.INFO, null, nowNanos, nowNanos));
        return lastId;
    }

    /// Ends an operation that was done.
    public void ok(long id, Answer answer, long nowNanos) {
        end(id, Status.OK, answer, nowNanos);
    }

    /// Ends an operation that certainly was not and will not be done.
    public void fail(long id, @Nullable Answer answer, long nowNanos) {
        end(id, Status.FAIL, answer, nowNanos);
    }

    /// Ends an operation whose outcome is unknown; its process goes on under a new number.
    public void info(long id, long nowNanos) {
        end(id, Status.INFO, null, nowNanos);
    }

    private void end(long id, Status status, @Nullable Answer answer, long nowNanos) {
        Operation begun = open.remove(id);
        if (begun == null) {
            throw new IllegalStateException("operation " + id + " is not open");
        }
        operations.add(
                new Operation(begun.process(), begun.call(), begun.stamp(), status, answer, begun.invoked(), nowNanos));
    }

    /// Adds an operation that is over.
    public void add(Operation operation) {
        operations.add(operation);
    }

    /// Adds an event.
    public void add(Event event) {
        events.add(event);
    }

    /// Ends every open operation as unknown.
    public void finish(long nowNanos) {
        List.copyOf(open.keySet()).forEach(id -> info(id, nowNanos));
    }

    /// The operations that are over, in the order of their ends.
    public List<Operation> operations() {
        return Collections.unmodifiableList(operations);
    }

    /// The events, in the order they were added.
    public List<Event> events() {
        return Collections.unmodifiableList(events);
    }
}
