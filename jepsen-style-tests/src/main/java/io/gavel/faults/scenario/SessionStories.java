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
    private static final int CHANGES = 20;
    private static final long CLOCK_INTERVAL = 250 * MILLI;
    private static final long CLOCK_CLAMP = 500 * MILLI;

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

    /// A leader sits in a sync for seconds, or stands still, while another leads; when one leads again that had led
    /// before, nobody's session is gone, although no client reaches it for a while.
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
        SimNode leading = stage.leader();
        stage.operator().transfer(stage.follower(0));
        stage.live(8 * SECOND);
        for (SimNode node : stage.target().nodes()) {
            holders.forEach(holder -> stage.cut(holder.client().host(), node.host()));
        }
        stage.operator().transfer(leading);
        stage.live(700 * MILLI);
        for (SimNode node : stage.target().nodes()) {
            holders.forEach(holder -> stage.join(holder.client().host(), node.host()));
        }
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

    /// Leader after leader while the session of a client that is gone runs out: neither early nor late.
    static void leaderAfterLeader(Stage stage) {
        SimNode one = stage.leader();
        SimNode other = stage.follower(0);
        Actor holder = stage.newActor();
        Actor waiter = stage.newActor().patience(60 * SECOND);
        stage.done(holder.lock("lock/a", 0));
        Act waiting = waiter.lock("lock/a", 50 * SECOND);
        long renewed = stage.nowNanos();
        stage.live(300 * MILLI);
        holder.client().pause(40 * SECOND);
        for (int i = 0; i < CHANGES; i++) {
            stage.operator().transfer(i % 2 == 0 ? other : one);
            stage.live(CLOCK_INTERVAL + 100 * MILLI);
        }
        stage.done(waiting);
        long ttl = 10 * SECOND;
        long after = stage.nowNanos() - renewed;
        stage.demand(
                after >= ttl - ttl / 200,
                "I22",
                "the session ended " + after / MILLI + " ms after its last renewal, its TTL is 10 s");
        // Rule 2: the clamp, two intervals, and what each leader had not proposed when it lost the lead.
        stage.demand(
                after <= ttl + ttl / 200 + CLOCK_CLAMP + 2 * CLOCK_INTERVAL + CHANGES * CLOCK_INTERVAL,
                "I22",
                "the session ended only " + after / MILLI + " ms after its last renewal");
    }

    /// Answers to renewals come seconds late: the client counts from what it sent, and stops believing in time.
    static void lateRenewalAnswers(Stage stage) {
        stage.leader();
        Actor holder = stage.newActor();
        Actor waiter = stage.newActor().patience(90 * SECOND);
        String host = holder.client().host();
        Grant grant = Actor.granted(stage.done(holder.lock("lock/a", 0)));
        Act waiting = waiter.lock("lock/a", 80 * SECOND);
        stage.target().nodes().forEach(node -> stage.slow(node.host(), host, 2_200 * MILLI));
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
