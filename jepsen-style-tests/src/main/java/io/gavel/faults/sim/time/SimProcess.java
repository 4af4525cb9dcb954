package io.gavel.faults.sim.time;

import java.util.ArrayList;
import java.util.List;

/// One life of a process: it ends once, and may be stopped for a while in between.
public final class SimProcess {
    private final String name;
    private boolean dead;
    private final List<Scheduler.Event> parked = new ArrayList<>();
    private long resumesAtNanos;

    public SimProcess(String name) {
        this.name = name;
    }

    public String name() {
        return name;
    }

    public boolean isDead() {
        return dead;
    }

    /// Nothing of it happens any more.
    public void kill() {
        dead = true;
    }

    /// Nothing of it happens before this moment of virtual time.
    void pauseUntil(long nanos) {
        resumesAtNanos = Math.max(resumesAtNanos, nanos);
    }

    void resume() {
        resumesAtNanos = 0;
    }

    public long resumesAtNanos() {
        return resumesAtNanos;
    }

    void park(Scheduler.Event event) {
        parked.add(event);
    }

    /// What waited for it, in order.
    List<Scheduler.Event> unpark() {
        List<Scheduler.Event> waited = new ArrayList<>(parked);
        parked.clear();
        return waited;
    }
}
