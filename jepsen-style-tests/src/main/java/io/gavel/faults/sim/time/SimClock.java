package io.gavel.faults.sim.time;

import io.gavel.client.internal.port.ClientClock;
import io.gavel.server.agent.NanoClock;

/// The clocks of one machine: a monotonic one that may run too fast or too slow, a wall clock that may jump.
public final class SimClock implements NanoClock, ClientClock {
    private static final long START_NANOS = 1_000_000_000L;
    private static final long WALL_START_MILLIS = 1_700_000_000_000L;

    private final Scheduler scheduler;
    private double rate = 1;
    private long sinceTrue;
    private long sinceLocal = START_NANOS;
    private long wallOffsetMillis;

    public SimClock(Scheduler scheduler) {
        this.scheduler = scheduler;
        this.sinceTrue = scheduler.nowNanos();
    }

    @Override
    public long nanoTime() {
        return sinceLocal + (long) ((scheduler.nowNanos() - sinceTrue) * rate);
    }

    @Override
    public long monotonicNanos() {
        return nanoTime();
    }

    @Override
    public long wallMillis() {
        return WALL_START_MILLIS + scheduler.nowNanos() / 1_000_000 + wallOffsetMillis;
    }

    /// From now on the monotonic clock makes `rate` seconds a second.
    public void drift(double newRate) {
        sinceLocal = nanoTime();
        sinceTrue = scheduler.nowNanos();
        rate = newRate;
    }

    public void jumpWall(long millis) {
        wallOffsetMillis += millis;
    }

    /// How much virtual time passes until this clock shows `localNanos`; at least 0, rounded up.
    public long untilNanos(long localNanos) {
        long left = localNanos - nanoTime();
        return left <= 0 ? 0 : (long) (left / rate) + 1;
    }
}
