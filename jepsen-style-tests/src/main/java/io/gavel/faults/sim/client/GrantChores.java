package io.gavel.faults.sim.client;

import io.gavel.client.error.ErrorDetail;
import io.gavel.client.internal.core.Grant;
import io.gavel.client.internal.core.GrantCompletion;
import io.gavel.client.internal.core.GrantRequest;
import io.gavel.client.internal.port.Completion;
import io.gavel.client.lock.LockOptions;
import io.gavel.client.lock.LossReason;
import io.gavel.faults.history.Answer;
import io.gavel.faults.history.Call;
import io.gavel.faults.history.Event;
import io.gavel.faults.history.Observation;
import io.gavel.faults.history.Stamp;
import io.gavel.faults.history.Status;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Guard;
import io.gavel.protocol.v1.TokenGuard;
import java.time.Duration;
import java.util.List;

/// Work with what can be held: locks with fenced writes, permits, elections.
final class GrantChores {
    private static final long MILLI = 1_000_000;
    private static final long ANSWER_NANOS = 5_000 * MILLI;
    static final String ELECTION = "leader";
    private static final int LOCKS = 2;
    private static final int PERMITS = 2;

    /// Stays taken for a while after its holder's session expired.
    private static final String DELAYED_LOCK = "lock/1";

    private static final LockOptions DELAYED = LockOptions.EXCLUSIVE.withLockDelay(Duration.ofMillis(700));

    static final String STANDBY_LOCK = "lock/standby";

    private GrantChores() {}

    private static String lockName(Script script) {
        return "lock/" + script.random().nextInt(LOCKS);
    }

    /// Any lock that somebody may hold.
    static String usedLock(Script script) {
        boolean standbys =
                script.shared().pace().standbys() > 0 && script.random().nextBoolean();
        return standbys ? STANDBY_LOCK : lockName(script);
    }

    static void lock(Script script, Runnable then) {
        String name = lockName(script);
        LockOptions options = name.equals(DELAYED_LOCK) ? DELAYED : LockOptions.EXCLUSIVE;
        hold(script, name, GrantRequest.lock(name, options, waitNanos(script)), then);
    }

    static void lead(Script script, Runnable then) {
        GrantRequest request =
                GrantRequest.leadership(ELECTION, Script.bytes(script.client().host()), waitNanos(script));
        hold(script, "election/" + ELECTION, request, then);
    }

    private static long waitNanos(Script script) {
        return switch (script.random().nextInt(4)) {
            case 0 -> 0;
            case 1 -> 1_000 * MILLI;
            case 2 -> 5_000 * MILLI;
            default -> GrantRequest.FOR_EVER;
        };
    }

    /// The lock that the standbys of all clients stand in line for.
    static void standBy(Script script, boolean delayed, Runnable then) {
        LockOptions options = delayed ? DELAYED : LockOptions.EXCLUSIVE;
        hold(script, STANDBY_LOCK, GrantRequest.lock(STANDBY_LOCK, options, GrantRequest.FOR_EVER), then);
    }

    private static void hold(Script script, String key, GrantRequest request, Runnable then) {
        Script.Open open = script.open(new Call.Lock(key, null), Stamp.NONE);
        var _ = script.client().core().acquire(script.session(), request, ANSWER_NANOS, new GrantCompletion() {
            @Override
            public void granted(Grant grant) {
                open.ok(new Answer.Granted(grant.token(), null));
                new Holding(script, key, grant, then).begin();
            }

            @Override
            public void notInTime() {
                open.failed((Answer) null);
                then.run();
            }

            @Override
            public void fail(ErrorDetail error) {
                open.failed(error);
                then.run();
            }
        });
    }

    /// A grant in use: fenced writes while it lasts, then it is given back.
    private static final class Holding implements Grant.LossListener {
        private final Script script;
        private final String key;
        private final Grant grant;
        private final Runnable then;
        private final HeldGrants.Held held;
        private int writes;

        Holding(Script script, String key, Grant grant, Runnable then) {
            this.script = script;
            this.key = key;
            this.grant = grant;
            this.then = then;
            this.held = new HeldGrants.Held(script.process(), key, grant);
            this.writes = script.random().nextInt(3);
        }

        void begin() {
            script.shared().held().add(held);
            grant.listen(this);
            go();
        }

        private void look() {
            script.shared().held().look(held);
        }

        private void go() {
            look();
            if (script.shared().isOver().getAsBoolean()) {
                // The line behind may be long.
                release();
                return;
            }
            script.client().later(1 + script.random().nextLong(500 * MILLI), () -> {
                if (writes > 0) {
                    writes--;
                    fencedWrite();
                } else {
                    release();
                }
            });
        }

        private void fencedWrite() {
            look();
            script.write(
                    key + "/work",
                    guard(grant.request().election(), grant.request().name(), grant.token()),
                    _ -> go());
        }

        private void release() {
            look();
            script.shared().held().remove(held);
            if (!grant.markReleased()) {
                then.run();
                return;
            }
            Script.Open open = script.open(new Call.Unlock(key, grant.token()), Stamp.NONE);
            script.client().core().release(grant, script.deadline(), new Completion<CommandResult>() {
                @Override
                public void succeed(CommandResult result) {
                    open.ok(new Answer.Released(result.getRelease().getReleased()));
                    writeLate();
                }

                @Override
                public void fail(ErrorDetail error) {
                    open.failed(error);
                    then.run();
                }
            });
        }

        /// Now and then a holder writes that does not know that it has given up: its guard must refuse.
        private void writeLate() {
            if (script.random().nextInt(4) > 0) {
                then.run();
                return;
            }
            script.client()
                    .later(
                            script.random().nextLong(400 * MILLI),
                            () -> script.write(
                                    key + "/work",
                                    guard(
                                            grant.request().election(),
                                            grant.request().name(),
                                            grant.token()),
                                    _ -> then.run()));
        }

        @Override
        public void onLoss(LossReason reason) {
            look();
            script.shared().held().remove(held);
        }

        @Override
        public void onSuspect(boolean suspect) {}
    }

    static Guard guard(boolean election, String name, long token) {
        TokenGuard.Builder held = TokenGuard.newBuilder().setName(name).setToken(token);
        return (election
                        ? Guard.newBuilder().setElection(held)
                        : Guard.newBuilder().setLock(held))
                .build();
    }

    /// Takes some of a few permits for a while.
    static void permits(Script script, Runnable then) {
        String name = "permits";
        int permits = 1 + script.random().nextInt(PERMITS);
        LockOptions options = new LockOptions(PERMITS + 1, permits, Duration.ZERO, List.of());
        GrantRequest request = GrantRequest.lock(name, options, waitNanos(script));
        long called = script.now();
        script.shared().tally().begun();
        var _ = script.client().core().acquire(script.session(), request, ANSWER_NANOS, new GrantCompletion() {
            @Override
            public void granted(Grant grant) {
                script.shared().tally().ok();
                script.shared()
                        .history()
                        .add(new Event(
                                script.process(),
                                new Observation.PermitGranted(name, grant.token(), permits, PERMITS + 1),
                                Status.OK,
                                called,
                                script.now()));
                script.client().later(script.random().nextLong(800 * MILLI), () -> giveBack(script, grant, then));
            }

            @Override
            public void notInTime() {
                script.shared().tally().failed();
                then.run();
            }

            @Override
            public void fail(ErrorDetail error) {
                script.shared().tally().unknown();
                then.run();
            }
        });
    }

    private static void giveBack(Script script, Grant grant, Runnable then) {
        if (!grant.markReleased()) {
            then.run();
            return;
        }
        script.shared()
                .history()
                .add(Event.at(
                        script.now(),
                        script.process(),
                        new Observation.PermitReturned(grant.request().name(), grant.token())));
        script.client().core().release(grant, script.deadline(), new Completion<CommandResult>() {
            @Override
            public void succeed(CommandResult result) {
                then.run();
            }

            @Override
            public void fail(ErrorDetail error) {
                then.run();
            }
        });
    }
}
