package io.gavel.faults.scenario;

import io.gavel.client.internal.core.Grant;
import io.gavel.faults.sim.Stage;
import io.gavel.faults.sim.client.Act;
import io.gavel.faults.sim.client.Actor;
import io.gavel.faults.sim.node.SimNode;

/// One effect a request, one holder a grant, whatever is lost on the way.
final class ClientStories {
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000 * MILLI;
    private static final int WRITES = 25;

    private ClientStories() {}

    /// The request arrives, its answer never does: connection after connection breaks in between.
    static void lostAnswers(Stage stage) {
        Actor writer = stage.newActor();
        stage.done(writer.put("counter"));
        String host = writer.client().host();
        for (int i = 2; i <= WRITES; i++) {
            for (SimNode node : stage.target().nodes()) {
                stage.cut(node.host(), host);
            }
            Act act = writer.put("counter");
            stage.live((1L + i % 5) * 10 * MILLI);
            for (SimNode node : stage.target().nodes()) {
                var _ = stage.target().network().reset(node.host(), host);
                stage.join(node.host(), host);
            }
            stage.done(act);
            stage.demand(act.version() == i, "I20", i + " writes were asked for, the counter is at " + act.version());
        }
    }

    /// A leader of an election stands still for longer than its session, at every step of a candidacy; when it wakes
    /// somebody else leads, and it can do nothing under its old token.
    static void sleepingLeader(Stage stage) {
        stage.leader();
        for (int round = 0; round < 5; round++) {
            Actor sleeper = stage.newActor();
            Actor successor = stage.newActor().patience(60 * SECOND);
            Act first = sleeper.campaign("boss", 10 * SECOND);
            stage.done(first);
            Grant old = Actor.granted(first);
            Act waiting = successor.campaign("boss", 50 * SECOND);
            stage.live(250L * round * MILLI);
            sleeper.client().pause(9 * SECOND);
            stage.done(waiting);
            Grant now = Actor.granted(waiting);
            stage.demand(now.token() > old.token(), "I21", "token " + now.token() + " after " + old.token());
            stage.done(successor.fencedPut(now, "boss/work"));
            stage.live(10 * SECOND);
            stage.demand(!sleeper.look(old), "I22", "two candidates believe that they lead");
            Act stale = stage.ended(sleeper.fencedPut(old, "boss/work"));
            stage.demand(
                    !stale.isOk(), "I21", "a write under token " + old.token() + " was taken after " + now.token());
            stage.done(successor.release(now));
        }
    }

    /// A grant whose answer comes after its caller gave up: nobody uses it, so it must be given back at once.
    static void lateGrant(Stage stage) {
        stage.leader();
        Actor hasty = stage.newActor();
        Actor next = stage.newActor();
        String host = hasty.client().host();
        stage.done(hasty.put("r/0"));
        for (int round = 0; round < 6; round++) {
            stage.target().nodes().forEach(node -> stage.cut(node.host(), host));
            Act given = hasty.patience((40L + 30L * round) * MILLI).lock("lock/a", 0);
            stage.ended(given);
            stage.demand(!given.isOk(), "lock", "the answer should not have arrived");
            stage.live(50 * MILLI);
            stage.target().nodes().forEach(node -> stage.join(node.host(), host));
            Act behind = stage.ended(next.patience(5 * SECOND).lock("lock/a", 4 * SECOND));
            stage.demand(behind.isOk(), "lock", "a grant that nobody uses is not given back: " + behind);
            stage.done(next.release(Actor.granted(behind)));
        }
    }
}
