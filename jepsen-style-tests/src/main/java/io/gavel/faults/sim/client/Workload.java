package io.gavel.faults.sim.client;

import io.gavel.client.error.ErrorDetail;
import io.gavel.client.internal.core.SessionAgent;
import io.gavel.client.internal.core.SessionSlot;
import io.gavel.client.internal.port.Completion;
import io.gavel.client.session.SessionState;
import io.gavel.faults.history.Answer;
import io.gavel.faults.history.Call;
import io.gavel.faults.history.Event;
import io.gavel.faults.history.History;
import io.gavel.faults.history.Observation;
import io.gavel.faults.history.Stamp;
import io.gavel.faults.sim.check.Chronicle;
import io.gavel.faults.sim.check.Reached;
import io.gavel.faults.sim.time.Scheduler;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.KeyValue;
import io.gavel.protocol.v1.Put;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.RangeQuery;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/// What the clients of a run do: each one operation after the other, drawn from a mix that differs from run to run.
public final class Workload implements Chronicle.Clients {
    /// How all clients of a run go about their work.
    ///
    /// @param thinkNanos what a client waits between two operations, on average
    /// @param shortestPatienceNanos what even the most impatient ones wait for an answer
    /// @param standbys how many further sessions of each client stand in line for one lock
    public record Pace(long thinkNanos, long shortestPatienceNanos, int standbys) {}

    private record Share(int weight, Chore chore) {}

    private final Scheduler scheduler;
    private final History history;
    private final Tally tally = new Tally();
    /// Attempts to show that every client is served again: ten a second, as long as one is refused at once.
    private final Tally confirmations = new Tally();
    private final List<Script> scripts = new ArrayList<>();
    private final List<Follower> followers = new ArrayList<>();
    private final HeldGrants held;
    private final Script.Shared shared;
    private final List<Share> mix;
    private final Pace pace;
    private final boolean delayedStandbys;
    private int processes;
    private long oldestRevision;
    private boolean stopped;
    private int confirmed;

    /// What the clients do is drawn from `random`.
    public Workload(Scheduler scheduler, History history, Reached reached, Pace pace, RandomGenerator random) {
        this.scheduler = scheduler;
        this.history = history;
        this.held = new HeldGrants(scheduler, history);
        this.shared = new Script.Shared(
                scheduler,
                history,
                tally,
                pace,
                held,
                this::nextProcess,
                () -> oldestRevision,
                () -> stopped,
                reached::hit);
        this.pace = pace;
        this.mix = mix(pace.standbys() > 0, random);
        this.delayedStandbys = random.nextInt(4) == 0;
    }

    private static List<Share> mix(boolean standbys, RandomGenerator random) {
        List<Share> mix = new ArrayList<>();
        mix.add(new Share(4, KeyChores::put));
        mix.add(new Share(4, KeyChores::get));
        mix.add(new Share(2, KeyChores::compareAndSet));
        mix.add(new Share(1, KeyChores::delete));
        Chore[] others = {
            KeyChores::count,
            KeyChores::increment,
            KeyChores::append,
            KeyChores::staleGet,
            WatchChores::watchFromFloor,
            KeyChores::transfer,
            KeyChores::audit,
            GrantChores::lock,
            GrantChores::lead,
            GrantChores::permits,
            ConfigChores::publish,
            ConfigChores::publishOver,
            ConfigChores::rollBack,
            ConfigChores::read
        };
        for (Chore other : others) {
            int weight = random.nextInt(4);
            if (weight > 0) {
                mix.add(new Share(weight, other));
            }
        }
        // In some clusters everybody wants the same few locks.
        if (random.nextInt(4) == 0) {
            mix.add(new Share(10, GrantChores::lock));
            mix.add(new Share(6, GrantChores::lead));
            mix.add(new Share(4, OperatorChores::writeForHolder));
        }
        if (standbys) {
            mix.add(new Share(3, OperatorChores::workForHolder));
            mix.add(new Share(4, OperatorChores::forceRelease));
        }
        // Operators come to few clusters, and do not do much else there.
        Chore[] operators = {
            OperatorChores::forceRelease, OperatorChores::transferElection, OperatorChores::evict,
        };
        if (random.nextInt(4) == 0) {
            mix.add(new Share(3, OperatorChores::forceReleaseAtOnce));
        }
        for (Chore operator : operators) {
            if (random.nextInt(4) == 0) {
                mix.add(new Share(1, operator));
            }
        }
        if (random.nextInt(3) == 0) {
            mix.add(new Share(2, WatchChores::watchFromNow));
        }
        return mix;
    }

    public Tally tally() {
        return tally;
    }

    private int nextProcess() {
        return ++processes;
    }

    /// Lets a client begin, with so many further sessions that do nothing but live.
    public void add(SimClient client, int idleSessions, RandomGenerator random) {
        Script script = new Script(client, shared, random);
        scripts.add(script);
        client.later(random.nextLong(pace.thinkNanos() + 1), () -> {
            watchSession(script);
            step(script);
            for (int i = 0; i < idleSessions; i++) {
                client.openFurther(_ -> {});
            }
            for (int i = 0; i < pace.standbys(); i++) {
                client.openFurther(opened -> standBy(client, opened, random));
            }
        });
        switch (random.nextInt(4)) {
            case 0 -> follower(KeyChores.REGISTER_PREFIX).followKeys(client);
            case 1 -> follower(ConfigChores.NAMESPACE).followConfig(client);
            case 2 -> follower(GrantChores.ELECTION).followElection(client);
            default -> {}
        }
    }

    /// Lets somebody work with this client who decides about each operation.
    public Actor enlist(SimClient client, RandomGenerator random) {
        Script script = new Script(client, shared, random);
        scripts.add(script);
        client.run(() -> watchSession(script));
        return new Actor(script, prefix -> {
            Follower follower = follower(prefix);
            follower.followKeys(client);
            return follower;
        });
    }

    private Follower follower(String target) {
        Follower follower = new Follower(nextProcess(), history, scheduler, target);
        followers.add(follower);
        return follower;
    }

    @Override
    public void onGranted(String lock) {
        held.look(lock);
    }

    @Override
    public void onCompacted(long revision) {
        oldestRevision = revision;
    }

    @Override
    public boolean hasRequestInFlight(long session) {
        for (Script script : scripts) {
            if (script.client().hasRequestInFlight(session)) {
                return true;
            }
        }
        return false;
    }

    /// Records when the client learns that a session of its own is over, one after the other.
    private void watchSession(Script script) {
        SimClient client = script.client();
        client.core().whenOpen(client.core().ownSession(), Long.MAX_VALUE, new Completion<>() {
            @Override
            public void succeed(SessionAgent session) {
                client.core().listen(session, state -> {
                    if (state != SessionState.ACTIVE && state != SessionState.SUSPECT) {
                        history.add(Event.at(
                                scheduler.nowNanos(), script.process(), new Observation.SessionEnded(session.id())));
                        client.later(1_000_000_000L, () -> watchSession(script));
                    }
                });
            }

            @Override
            public void fail(ErrorDetail error) {
                client.later(1_000_000_000L, () -> watchSession(script));
            }
        });
    }

    private void step(Script script) {
        if (stopped) {
            return;
        }
        pick(script.random()).run(script, () -> pause(script));
    }

    /// A session in which two threads of a process want the same lock, for a while each, again and again.
    private void standBy(SimClient client, SessionSlot.Opened opened, RandomGenerator random) {
        for (int i = 0; i < 2; i++) {
            String name = client.id() + "." + nextProcess();
            queueUp(
                    new Script(client, opened.slot(), name, shared, new SplittableRandom(random.nextLong())),
                    opened.session());
        }
    }

    private void queueUp(Script script, SessionAgent session) {
        SessionState state = session.state();
        if (!stopped && (state == SessionState.ACTIVE || state == SessionState.SUSPECT)) {
            GrantChores.standBy(
                    script,
                    delayedStandbys,
                    () -> script.client().later(think(script), () -> queueUp(script, session)));
        }
    }

    private long think(Script script) {
        return (long) (-Math.log(1 - script.random().nextDouble()) * pace.thinkNanos());
    }

    private void pause(Script script) {
        script.client().later(think(script), () -> step(script));
    }

    private Chore pick(RandomGenerator random) {
        int sum = 0;
        for (Share share : mix) {
            sum += share.weight();
        }
        int drawn = random.nextInt(sum);
        for (Share share : mix) {
            drawn -= share.weight();
            if (drawn < 0) {
                return share.chore();
            }
        }
        throw new IllegalStateException("the shares of the mix add up to " + sum);
    }

    /// No further operations are begun; those that are open end by themselves.
    public void stop() {
        stopped = true;
    }

    /// Every client does one more write, which must succeed; see [#confirmed()].
    public void confirm() {
        confirmed = 0;
        for (Script script : scripts) {
            script.client().run(() -> confirm(script));
        }
    }

    private void confirm(Script script) {
        String key = "confirm/" + script.client().id();
        String value = script.freshValue();
        Command command = Command.newBuilder()
                .setPut(Put.newBuilder().setKey(Script.bytes(key)).setValue(Script.bytes(value)))
                .build();
        Script.Open open = script.openBeside(new Call.Put(key, value), Stamp.NONE, confirmations);
        script.client()
                .core()
                .execute(
                        script.client().core().ownSession(),
                        command.toByteString(),
                        script.client().deadlineIn(5_000_000_000L),
                        new Completion<>() {
                            @Override
                            public void succeed(CommandResult result) {
                                open.ok(new Answer.Written(result.getPut().getVersion(), null, result.getRevision()));
                                confirmed++;
                            }

                            @Override
                            public void fail(ErrorDetail error) {
                                open.failed(error);
                                script.client().later(100_000_000L, () -> confirm(script));
                            }
                        });
    }

    /// Clients whose last write succeeded, and how many there are.
    public int confirmed() {
        return confirmed;
    }

    public int clients() {
        return scripts.size();
    }

    /// Reads everything there is, for the record; `then` runs once it was read.
    public void readAll(Runnable then) {
        Script script = scripts.getFirst();
        long calledNanos = scheduler.nowNanos();
        Query query = Query.newBuilder()
                .setRange(RangeQuery.newBuilder().setLimit(10_000))
                .build();
        script.client()
                .run(() -> script.client()
                        .core()
                        .read(query, script.client().deadlineIn(5_000_000_000L), new Completion<QueryResult>() {
                            @Override
                            public void succeed(QueryResult result) {
                                TreeMap<String, String> entries = new TreeMap<>();
                                for (KeyValue entry : result.getRange().getEntriesList()) {
                                    entries.put(Script.text(entry.getKey()), Script.text(entry.getValue()));
                                }
                                history.add(new Event(
                                        script.process(),
                                        new Observation.FinalEntries(entries),
                                        io.gavel.faults.history.Status.OK,
                                        calledNanos,
                                        scheduler.nowNanos()));
                                then.run();
                            }

                            @Override
                            public void fail(ErrorDetail error) {
                                script.client().later(100_000_000L, () -> readAll(then));
                            }
                        }));
    }

    /// Closes the record.
    public void finish() {
        followers.forEach(Follower::finish);
        history.finish(scheduler.nowNanos());
    }
}
