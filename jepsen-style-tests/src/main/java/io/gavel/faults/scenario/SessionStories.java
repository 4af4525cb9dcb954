package io.gavel.faults.scenario;

import io.gavel.client.internal.core.Grant;
import io.gavel.faults.sim.FaultKind;
import io.gavel.faults.sim.Stage;
import io.gavel.faults.sim.client.Act;
import io.gavel.faults.sim.client.Actor;
import io.gavel.faults.sim.node.SimNode;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/// Sessions that end neither early nor late, and locks that go with them.
final class SessionStories {
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000 * MILLI;
    private static final int PAIRS = 8;
    private static final int CHANGES = 10;

    private SessionStories() {}

    /// Holder and next waiter vanish together, eight times with different phases: the waiter behind them is granted,
    /// and nobody who was dead got a token on the way.
    static void deadWaiter(Stage stage) {
        stage.leader();
        Actor patient = stage.newActor().patience(40 * SECOND);
        List<Actor> vanishing = new ArrayList<>();
        List<Act> grants = new ArrayList<>();
        for (int i = 0; i < PAIRS; i++) {
            Actor holder = stage.newActor();
            Actor waiter = stage.newActor().patience(40 * SECOND);
            stage.live(90 * MILLI);
            grants.add(stage.done(holder.lock("lock/" + i, 0)));
            Act behind = waiter.lock("lock/" + i, 30 * SECOND);
            stage.live(50 * MILLI);
            stage.demand(!behind.isOver(), "lock", "the waiter does not wait: " + behind);
            vanishing.addAll(List.of(holder, waiter));
        }
        List<Act> last = new ArrayList<>();
        for (int i = 0; i < PAIRS; i++) {
            last.add(patient.lock("lock/" + i, 30 * SECOND));
        }
        stage.live(50 * MILLI);
        vanishing.forEach(client -> client.client().pause(15 * SECOND));
        last.forEach(stage::done);
        grants.addAll(last);
        TreeSet<Long> tokens = new TreeSet<>();
        grants.forEach(grant -> tokens.add(Actor.granted(grant).token()));
        stage.demand(
                tokens.last() - tokens.first() + 1 == tokens.size(),
                "I23",
                "tokens were given to the dead: " + tokens + " for " + grants.size() + " grants");
    }

    /// A leader sits in a sync for seconds, or stands still, while another leads; when it leads again, nobody's
    /// session is gone, whenever it was renewed.
    static void wakingLeader(Stage stage) {
        List<Actor> holders = new ArrayList<>();
        List<Act> held = new ArrayList<>();
        for (int i = 0; i < PAIRS; i++) {
            holders.add(stage.newActor());
            held.add(stage.done(holders.getLast().lock("lock/" + i, 0)));
            stage.live(120 * MILLI);
        }
        SimNode stuck = stage.leader();
        stage.note(FaultKind.SLOW_DISK, stuck, "sits in a sync for 6 s");
        stuck.stallUntil(stage.nowNanos() + 6 * SECOND);
        stage.live(8 * SECOND);
        stillHold(stage, holders, held);
        stage.pause(stage.leader(), 6 * SECOND);
        stage.live(8 * SECOND);
        stillHold(stage, holders, held);
        stage.operator().transfer(stuck);
        stage.live(2 * SECOND);
        stillHold(stage, holders, held);
    }

    private static void stillHold(Stage stage, List<Actor> holders, List<Act> held) {
        for (int i = 0; i < holders.size(); i++) {
            stillHolds(stage, holders.get(i), held.get(i));
        }
    }

    private static void stillHolds(Stage stage, Actor holder, Act held) {
        Act fenced = stage.ended(holder.fencedPut(Actor.granted(held), "lock/a/work"));
        stage.demand(fenced.isOk(), "I22", "the lock of a client that renewed all the time is gone: " + fenced);
    }

    /// Ten leader changes while the session of a client that is gone runs out: neither early nor late.
    static void tenLeaderChanges(Stage stage) {
        Actor holder = stage.newActor();
        Actor waiter = stage.newActor().patience(60 * SECOND);
        SimNode one = stage.leader();
        SimNode other = stage.follower(0);
        stage.done(holder.lock("lock/a", 0));
        Act waiting = waiter.lock("lock/a", 50 * SECOND);
        stage.live(2 * SECOND);
        holder.client().pause(40 * SECOND);
        long gone = stage.nowNanos();
        for (int i = 0; i < CHANGES; i++) {
            stage.operator().transfer(i % 2 == 0 ? other : one);
            stage.live(700 * MILLI);
        }
        stage.done(waiting);
        long ttl = SECOND * 10;
        long after = stage.nowNanos() - gone;
        stage.demand(
                after >= ttl - ttl / 3 - 200 * MILLI,
                "I22",
                "the session ended " + after / MILLI + " ms after its client was gone, its TTL is 10 s");
        // Each change may lose a clock interval that was not yet in the log.
        stage.demand(
                after <= ttl + ttl / 200 + 3 * SECOND + CHANGES * SECOND / 2,
                "I22",
                "the session ended only " + after / MILLI + " ms after its client was gone");
    }

    /// Answers to renewals come seconds late: the client counts from what it sent, and stops believing in time.
    static void lateRenewalAnswers(Stage stage) {
        stage.leader();
        Actor holder = stage.newActor();
        Actor waiter = stage.newActor().patience(90 * SECOND);
        String host = holder.client().host();
        Grant grant = Actor.granted(stage.done(holder.lock("lock/a", 0)));
        Act waiting = waiter.lock("lock/a", 80 * SECOND);
        stage.target().nodes().forEach(node -> stage.slow(node.host(), host, 2_600 * MILLI));
        stage.live(15 * SECOND);
        stage.target().nodes().forEach(node -> stage.cut(host, node.host()));
        while (!waiting.isOver()) {
            stage.live(50 * MILLI);
            holder.look(grant);
        }
        stage.done(waiting);
        stage.demand(!holder.look(grant), "I22", "two clients believe that they hold lock/a");
    }
}
