package io.gavel.faults.check;

import io.gavel.faults.history.Event;
import io.gavel.faults.history.History;
import io.gavel.faults.history.Observation;
import io.gavel.faults.history.Operation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.BiConsumer;

/// A history as checkers read it: attempts of one request are one operation, and all is in the order of calls.
public final class Evidence {
    private final List<Operation> attempts;
    private final List<Operation> operations;
    private final List<Event> events;
    private final Ledger ledger;

    private Evidence(List<Operation> attempts, List<Event> events) {
        this.attempts = attempts;
        this.operations = Requests.joined(attempts);
        this.events = events;
        this.ledger = Ledger.of(events);
    }

    /// The evidence of a history.
    public static Evidence of(History history) {
        var attempts = new ArrayList<>(history.operations());
        attempts.sort(Comparator.comparingLong(Operation::invoked));
        var events = new ArrayList<>(history.events());
        events.sort(Comparator.comparingLong(Event::returned));
        return new Evidence(attempts, events);
    }

    /// Every attempt as it was made.
    public List<Operation> attempts() {
        return attempts;
    }

    /// The operations, attempts of one request joined.
    public List<Operation> operations() {
        return operations;
    }

    /// The events in the order of their ends; those of one moment as they were recorded.
    public List<Event> events() {
        return events;
    }

    /// What the replicated state is known to have done.
    public Ledger ledger() {
        return ledger;
    }

    /// Goes through the observations of one type.
    public <T extends Observation> void each(Class<T> type, BiConsumer<Event, T> visitor) {
        for (Event event : events) {
            if (type.isInstance(event.observation())) {
                visitor.accept(event, type.cast(event.observation()));
            }
        }
    }
}
