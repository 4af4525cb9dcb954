package io.gavel.faults.sim.client;

import io.gavel.client.RetryPolicy;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.internal.core.ClientCore;
import io.gavel.client.internal.core.SessionSlot;
import io.gavel.client.internal.port.ClientOptions;
import io.gavel.client.internal.port.ClientPorts;
import io.gavel.client.internal.port.Completion;
import io.gavel.client.session.SessionState;
import io.gavel.faults.history.History;
import io.gavel.faults.sim.check.ViolationException;
import io.gavel.faults.sim.net.Party;
import io.gavel.faults.sim.net.SimNetwork;
import io.gavel.faults.sim.time.Scheduler;
import io.gavel.faults.sim.time.SimClock;
import io.gavel.faults.sim.time.SimProcess;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A machine with one client process on it: the production logic of the SDK, driven by the scheduler.
public final class SimClient {
    private static final long REOPEN_NANOS = 2_000_000_000L;

    private final int id;
    private final long ttlNanos;
    private final Scheduler scheduler;
    private final SimNetwork network;
    private final SimClock clock;
    private final Party party;
    private final SessionWire wire;
    private final ClientCore core;
    private Scheduler.@Nullable Event next;
    private boolean inTurn;

    /// A client that knows these endpoints.
    public SimClient(
            int id,
            Scheduler scheduler,
            SimNetwork network,
            List<String> endpoints,
            Duration ttl,
            History history,
            RandomGenerator random) {
        this.id = id;
        this.ttlNanos = ttl.toNanos();
        this.scheduler = scheduler;
        this.network = network;
        this.clock = new SimClock(scheduler);
        this.wire = new SessionWire(id, scheduler, history);
        this.party = new Party("c" + id, new SimProcess("c" + id), this::run);
        ClientOptions options =
                new ClientOptions(endpoints, "client-" + id, Duration.ofSeconds(5), ttl, RetryPolicy.DEFAULT);
        this.core = new ClientCore(new ClientPorts(options, clock, new SimTransport(network, party, wire), random));
    }

    public int id() {
        return id;
    }

    public long ttlNanos() {
        return ttlNanos;
    }

    public String host() {
        return party.host();
    }

    public ClientCore core() {
        return core;
    }

    public SimClock clock() {
        return clock;
    }

    /// Opens a further session, which is renewed, and does this with it; another takes its place when it ends.
    void openFurther(Consumer<SessionSlot.Opened> use) {
        core.open(ttlNanos, Long.MAX_VALUE / 2, new Completion<>() {
            @Override
            public void succeed(SessionSlot.Opened opened) {
                core.listen(opened.session(), state -> {
                    if (state == SessionState.EXPIRED || state == SessionState.CLOSED) {
                        later(REOPEN_NANOS, () -> openFurther(use));
                    }
                });
                use.accept(opened);
            }

            @Override
            public void fail(ErrorDetail error) {
                later(REOPEN_NANOS, () -> openFurther(use));
            }
        });
    }

    /// Whether something that it sent in this session is not answered.
    boolean hasRequestInFlight(long session) {
        return wire.hasRequestInFlight(session);
    }

    /// Until when its newest session surely lives, by the renewals that were confirmed; 0 = it never had one.
    public long leaseEndNanos() {
        return wire.leaseEndNanos();
    }

    /// By the client's own clock.
    public long deadlineIn(long nanos) {
        return clock.monotonicNanos() + nanos;
    }

    /// Runs something on the client's thread, then the client's turn.
    public void run(Runnable task) {
        try {
            task.run();
        } catch (ViolationException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            throw new ViolationException("invariant", "client " + id + " fails: " + e, e);
        }
        schedule(scheduler.nowNanos());
    }

    /// Runs something on the client's thread later.
    public void later(long delayNanos, Runnable task) {
        scheduler.in(delayNanos, party.process(), "client", () -> run(task));
    }

    /// The client stands still.
    public void pause(long nanos) {
        scheduler.pause(party.process(), scheduler.nowNanos() + nanos);
        network.onPause(party.process(), nanos);
    }

    /// The client goes on at once.
    public void heal() {
        scheduler.resume(party.process());
    }

    private void schedule(long atNanos) {
        if (inTurn) {
            return;
        }
        if (next != null) {
            if (next.atNanos() <= atNanos) {
                return;
            }
            next.cancel();
        }
        next = scheduler.at(atNanos, party.process(), "turn", this::turn);
    }

    private void turn() {
        next = null;
        inTurn = true;
        try {
            core.doWork();
        } catch (ViolationException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            throw new ViolationException("invariant", "client " + id + " fails: " + e, e);
        } finally {
            inTurn = false;
        }
        long deadline = core.nextDeadlineNanos();
        if (deadline != Long.MAX_VALUE) {
            schedule(scheduler.nowNanos() + Math.max(1_000, clock.untilNanos(deadline)));
        }
    }
}
