package io.gavel.faults.exhaustive;

import io.gavel.faults.sim.Stage;
import io.gavel.faults.sim.StageSetting;
import io.gavel.faults.sim.client.Act;
import io.gavel.faults.sim.client.Actor;
import io.gavel.faults.sim.node.SimNode;
import io.gavel.raft.quorum.Member;
import io.gavel.server.disk.sim.SimDisk;
import java.util.function.Consumer;

/// The script that is crashed everywhere: an election, 20 writes, a lock that changes hands, a watch, snapshots, a
/// member replaced by a new one that needs a snapshot, and a restart of every member.
///
/// Whatever happens to one member, no client may see more of it than a delay: every operation must succeed.
final class FixedScript implements Stage.Story {
    static final StageSetting SETTING = StageSetting.DEFAULT.withSnapshots(1L << 40, 4);
    /// Machines that the script ever uses, by id from 1.
    static final int MACHINES = 4;

    private static final long SECOND = 1_000_000_000L;
    private static final int WRITES = 20;
    private static final int KEYS = 4;
    private static final int LEAVING = 3;

    private final Consumer<SimNode> machines;
    private final Consumer<Stage> then;

    /// `machines` is told each machine before it starts for the first time, `then` runs when the script is over.
    FixedScript(Consumer<SimNode> machines, Consumer<Stage> then) {
        this.machines = machines;
        this.then = then;
    }

    @Override
    public void tell(Stage stage) {
        stage.target().nodes().forEach(machines);
        stage.leader();
        Actor writer = stage.newActor();
        Actor reader = stage.newActor();
        reader.watch("k/");
        write(stage, writer, 0);
        lock(stage, writer, reader);
        for (SimNode node : stage.target().nodes()) {
            stage.operator().snapshot(node);
        }
        write(stage, writer, WRITES / 2);
        SimNode fresh = stage.operator().newMachine();
        machines.accept(fresh);
        fresh.start();
        stage.operator().replace(stage.member(LEAVING), fresh);
        restartAll(stage);
        stage.done(reader.get("k/0"));
        then.accept(stage);
        stage.end();
    }

    private static void write(Stage stage, Actor writer, int from) {
        for (int i = from; i < from + WRITES / 2; i++) {
            stage.done(writer.put("k/" + i % KEYS));
        }
    }

    private static void lock(Stage stage, Actor first, Actor second) {
        Act held = stage.done(first.lock("lock/a", 0));
        Act waiting = second.lock("lock/a", 30 * SECOND);
        stage.done(first.fencedPut(Actor.granted(held), "lock/a/work"));
        stage.done(first.release(Actor.granted(held)));
        stage.done(waiting);
        stage.done(second.fencedPut(Actor.granted(waiting), "lock/a/work"));
        stage.done(second.release(Actor.granted(waiting)));
    }

    private static void restartAll(Stage stage) {
        for (Member member : stage.target().configuration().voters()) {
            SimNode node = stage.member(member.id().value());
            stage.restart(node, SimDisk.Keep.PAGE_CACHE);
            long committed = stage.committedIndex();
            stage.await(node.host() + " is back", () -> stage.applied(node) >= committed);
        }
    }
}
