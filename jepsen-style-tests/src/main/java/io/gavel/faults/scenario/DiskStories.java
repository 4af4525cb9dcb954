package io.gavel.faults.scenario;

import io.gavel.faults.sim.FaultKind;
import io.gavel.faults.sim.Stage;
import io.gavel.faults.sim.client.Act;
import io.gavel.faults.sim.client.Actor;
import io.gavel.faults.sim.node.SimNode;
import io.gavel.server.disk.sim.SimDisk;
import java.util.List;

/// What is promised is on a disk before it is promised.
final class DiskStories {
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000 * MILLI;

    private DiskStories() {}

    /// A cluster of one loses power after each acknowledgement.
    static void singleMember(Stage stage) {
        Actor writer = stage.newActor();
        for (int i = 0; i < 12; i++) {
            Act written = stage.done(writer.put("r/0"));
            stage.restart(stage.member(1), SimDisk.Keep.FORCED);
            Act read = stage.done(writer.get("r/0"));
            stage.demand(
                    String.valueOf(written.value()).equals(read.value()),
                    "I16",
                    written.value() + " was acknowledged, after a power loss there is " + read.value());
        }
    }

    /// Whoever voted loses power at once; its vote must not.
    static void votersLosePower(Stage stage) {
        Actor writer = stage.newActor();
        for (int round = 0; round < 4; round++) {
            SimNode old = stage.leader();
            SimNode one = stage.follower(0);
            SimNode other = stage.follower(1);
            stage.stop(old, SimDisk.Keep.FORCED);
            stage.await("another leader", () -> stage.leads(one) || stage.leads(other));
            stage.restart(one, SimDisk.Keep.FORCED);
            stage.restart(other, SimDisk.Keep.FORCED);
            stage.start(old);
            stage.done(writer.put("r/0"));
        }
    }

    /// Members that catch up lose power in the middle of it, together with the leader that counted on them.
    static void powerLossInCatchUp(Stage stage) {
        Actor writer = stage.newActor();
        for (int round = 1; round <= 6; round++) {
            SimNode one = stage.follower(0);
            SimNode other = stage.follower(1);
            stage.stop(one, SimDisk.Keep.FORCED);
            stage.stop(other, SimDisk.Keep.FORCED);
            for (int i = 0; i < 20; i++) {
                stage.done(writer.put("r/" + i % 3));
            }
            stage.start(one);
            stage.start(other);
            stage.live(4L * round * MILLI);
            for (SimNode node : stage.target().nodes()) {
                stage.restart(node, SimDisk.Keep.FORCED);
            }
            stage.done(writer.get("r/0"));
        }
    }

    /// One disk operation of a follower fails, and what a failed sync should have kept is gone: the process must end
    /// and must not trust that file again.
    static void passingDiskError(Stage stage) {
        Actor writer = stage.newActor();
        for (int steps = 1; steps <= 12; steps++) {
            SimNode follower = stage.follower(0);
            int starts = follower.starts();
            follower.disk().failAtStep(follower.disk().steps() + steps);
            stage.note(FaultKind.DISK_ERROR, follower, "fails in its disk operation " + steps + " from now");
            for (int i = 0; i < 6; i++) {
                stage.done(writer.put("r/0"));
            }
            stage.await("the error ends the process", 5 * SECOND, () -> follower.starts() > starts);
            stage.restart(follower, SimDisk.Keep.FORCED);
            long committed = stage.committedIndex();
            stage.await("it catches up", () -> stage.applied(follower) >= committed);
        }
    }

    /// A member comes back with the same name on an empty disk, together with one that misses the last writes, while
    /// the only other one that has them is down.
    static void emptiedDisk(Stage stage) {
        Actor writer = stage.newActor();
        SimNode emptied = stage.follower(0);
        SimNode lagging = stage.follower(1);
        SimNode keeper = stage.leader();
        stage.restart(emptied, SimDisk.Keep.PAGE_CACHE);
        stage.await("it is back", () -> stage.applied(emptied) >= stage.committedIndex());
        stage.done(writer.put("r/0"));
        stage.isolate(lagging);
        Act written = stage.done(writer.put("r/0"));
        stage.stop(keeper, SimDisk.Keep.FORCED);
        stage.stop(emptied, SimDisk.Keep.FORCED);
        stage.damaged(emptied, "comes back on an empty disk");
        emptied.rollBack(new SimDisk());
        // What was on the way to the lagging member is gone with the connections.
        stage.live(4 * SECOND);
        stage.rejoin(lagging);
        stage.start(emptied);
        stage.live(5 * SECOND);
        stage.start(keeper);
        Act read = stage.done(writer.get("r/0"));
        stage.demand(
                String.valueOf(written.value()).equals(read.value()),
                "I16",
                written.value() + " was acknowledged, now there is " + read.value());
        SimNode fresh = stage.operator().newMachine();
        fresh.start();
        stage.operator().replace(emptied, fresh);
        for (SimNode node : List.of(lagging, keeper)) {
            stage.restart(node, SimDisk.Keep.FORCED);
            stage.done(writer.put("r/0"));
        }
    }
}
