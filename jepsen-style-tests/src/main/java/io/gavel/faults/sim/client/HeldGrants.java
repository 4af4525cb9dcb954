package io.gavel.faults.sim.client;

import io.gavel.client.internal.core.Grant;
import io.gavel.faults.history.Event;
import io.gavel.faults.history.History;
import io.gavel.faults.history.Observation;
import io.gavel.faults.sim.time.Scheduler;
import java.util.LinkedHashSet;
import java.util.Set;

/// The grants that clients still use, so that every one of them can be looked at the moment somebody else is granted.
final class HeldGrants {
    /// A grant of a process, under the lock's name in the history.
    record Held(int process, String lock, Grant grant) {}

    private final Scheduler scheduler;
    private final History history;
    private final Set<Held> inUse = new LinkedHashSet<>();

    HeldGrants(Scheduler scheduler, History history) {
        this.scheduler = scheduler;
        this.history = history;
    }

    void add(Held held) {
        inUse.add(held);
    }

    void remove(Held held) {
        inUse.remove(held);
    }

    /// Asks every holder of the lock whether it believes that it holds.
    void look(String lock) {
        for (Held held : inUse) {
            if (held.lock().equals(lock)) {
                look(held);
            }
        }
    }

    void look(Held held) {
        history.add(Event.at(
                scheduler.nowNanos(),
                held.process(),
                new Observation.HeldLook(
                        held.lock(), held.grant().token(), held.grant().isHeld())));
    }
}
