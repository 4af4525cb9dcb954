package io.gavel.faults.scenario;

import io.gavel.faults.sim.Stage;
import io.gavel.faults.sim.client.Act;
import io.gavel.faults.sim.client.Actor;
import io.gavel.faults.sim.node.SimNode;
import io.gavel.server.disk.sim.SimDisk;

/// One state, whatever it was made from: the log, a snapshot, or a snapshot of somebody else.
final class StateStories {
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000 * MILLI;

    private StateStories() {}

    private static void work(Stage stage, Actor writer, int count) {
        for (int i = 0; i < count; i++) {
            stage.done(writer.putBoth("k/" + i % 5, "k/" + (i + 1) % 5));
            if (i % 4 == 3) {
                stage.done(writer.delete("k/" + i % 5));
            }
        }
    }

    private static void restart(Stage stage, SimNode node) {
        stage.restart(node, SimDisk.Keep.FORCED);
        long committed = stage.committedIndex();
        stage.await(node.host() + " is back", () -> stage.applied(node) >= committed);
    }

    /// One log, made into a state by a member that never stopped, one that replays it, one that starts from a
    /// snapshot, and one that gets the snapshot of another.
    static void waysToOneState(Stage stage) {
        Actor writer = stage.newActor();
        SimNode replays = stage.follower(0);
        SimNode restores = stage.follower(1);
        Act held = stage.done(writer.lock("lock/a", 0));
        work(stage, writer, 12);
        restart(stage, replays);
        stage.operator().snapshot(restores);
        work(stage, writer, 8);
        restart(stage, restores);
        stage.operator().snapshot(stage.leader());
        SimNode fresh = stage.operator().newMachine();
        fresh.start();
        stage.operator().add(fresh);
        work(stage, writer, 8);
        stage.operator().transfer(fresh);
        stage.done(writer.fencedPut(Actor.granted(held), "lock/a/work"));
        stage.done(writer.release(Actor.granted(held)));
        work(stage, writer, 4);
    }

    /// A snapshot after nearly every write, while transactions go on; members restart from them, one falls behind
    /// what the others still have in their logs, and one joins.
    static void snapshotsUnderLoad(Stage stage) {
        Actor writer = stage.newActor();
        for (int round = 0; round < 6; round++) {
            work(stage, writer, 6);
            restart(stage, stage.follower(round % 2));
        }
        SimNode behind = stage.follower(0);
        stage.isolate(behind);
        work(stage, writer, 20);
        stage.rejoin(behind);
        work(stage, writer, 4);
        SimNode fresh = stage.operator().newMachine();
        fresh.start();
        stage.operator().replace(behind, fresh);
        work(stage, writer, 8);
        for (SimNode node : stage.target().nodes()) {
            if (node != behind) {
                restart(stage, node);
            }
        }
        stage.operator().transfer(fresh);
        stage.done(writer.put("k/0"));
    }

    /// A member that needs a snapshot loses power at each moment of getting it.
    static void powerLossInInstall(Stage stage) {
        Actor writer = stage.newActor();
        SimNode behind = stage.follower(0);
        for (int steps = 1; steps <= 45; steps++) {
            stage.stop(behind, SimDisk.Keep.FORCED);
            work(stage, writer, 10);
            behind.crashSoon(steps, SimDisk.Keep.FORCED);
            stage.start(behind);
            stage.live(400 * MILLI);
            behind.crashSoon(1 << 20, SimDisk.Keep.FORCED);
            long committed = stage.committedIndex();
            stage.await("it catches up", 30 * SECOND, () -> stage.applied(behind) >= committed);
        }
    }
}
