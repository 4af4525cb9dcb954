package io.gavel.faults.scenario;

import io.gavel.faults.sim.Stage;
import io.gavel.faults.sim.client.Act;
import io.gavel.faults.sim.client.Actor;
import io.gavel.faults.sim.node.SimNode;
import io.gavel.server.disk.sim.SimDisk;
import java.util.ArrayList;
import java.util.List;

/// Watches that miss nothing, repeat nothing and never go back.
final class WatchStories {
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000 * MILLI;
    private static final int KEYS = 60;

    private WatchStories() {}

    private static void write(Stage stage, Actor writer, int count) {
        for (int i = 0; i < count; i++) {
            stage.done(writer.putBoth("r/" + i % 3, "r/" + (i + 1) % 3));
        }
    }

    /// The connection breaks, the member behind it dies, the link is cut, and each time writes go on meanwhile.
    static void reconnects(Stage stage) {
        stage.leader();
        Actor writer = stage.newActor();
        List<Actor> watchers = List.of(stage.newActor(), stage.newActor());
        watchers.forEach(watcher -> watcher.watch("r/"));
        write(stage, writer, 3);
        for (SimNode node : stage.target().nodes()) {
            write(stage, writer, 2);
            for (Actor watcher : watchers) {
                String host = watcher.client().host();
                for (SimNode any : stage.target().nodes()) {
                    var _ = stage.target().network().reset(any.host(), host);
                }
                stage.cut(node.host(), host);
            }
            write(stage, writer, 2);
            stage.restart(node, SimDisk.Keep.PAGE_CACHE);
            write(stage, writer, 2);
            watchers.forEach(watcher -> stage.join(node.host(), watcher.client().host()));
            stage.live(500 * MILLI);
            write(stage, writer, 1);
        }
        stage.live(2 * SECOND);
    }

    /// Watchers that stand still for longer than the members remember: history, then snapshots in many pieces, while
    /// several clients write.
    static void slowReaders(Stage stage) {
        stage.leader();
        Actor writer = stage.newActor();
        for (int key = 0; key < KEYS; key++) {
            stage.done(writer.put("r/" + key));
        }
        List<Actor> others = List.of(stage.newActor(), stage.newActor(), stage.newActor());
        for (int round = 0; round < 8; round++) {
            Actor watcher = stage.newActor();
            watcher.watch("r/");
            List<Act> acts = new ArrayList<>();
            for (int i = 0; i < KEYS; i++) {
                acts.add(others.get(i % others.size()).put("r/" + (KEYS - 1 - i)));
                stage.live(40_000);
            }
            acts.forEach(stage::done);
            write(stage, writer, 2);
            watcher.client().pause((200L + 150L * round) * MILLI);
            write(stage, writer, 10 + round * 10);
            stage.live(100 * MILLI);
            write(stage, writer, 3);
        }
        stage.live(2 * SECOND);
        write(stage, writer, 1);
        stage.live(SECOND);
    }

    /// A watcher comes back after some changes: more than the members keep at hand, fewer than would make a snapshot
    /// due.
    static void resumesFromHistory(Stage stage) {
        stage.leader();
        Actor writer = stage.newActor();
        Actor watcher = stage.newActor();
        String host = watcher.client().host();
        watcher.watch("r/");
        for (int changes = 1; changes <= 24; changes++) {
            write(stage, writer, 2);
            stage.live(200 * MILLI);
            for (SimNode node : stage.target().nodes()) {
                stage.cut(node.host(), host);
                stage.cut(host, node.host());
                var _ = stage.target().network().reset(node.host(), host);
            }
            write(stage, writer, changes);
            for (SimNode node : stage.target().nodes()) {
                stage.join(node.host(), host);
                stage.join(host, node.host());
            }
            stage.live(SECOND);
        }
    }

    /// A member that stood still applies more at once than it keeps for its watchers.
    static void memberCatchesUp(Stage stage) {
        stage.leader();
        Actor writer = stage.newActor();
        for (int i = 0; i < 6; i++) {
            stage.newActor().watch("r/");
        }
        write(stage, writer, 2);
        stage.live(SECOND);
        for (int round = 0; round < 6; round++) {
            SimNode behind = stage.follower(round % 2);
            stage.pause(behind, (600L + 200L * round) * MILLI);
            write(stage, writer, 20 + round * 10);
            stage.live(2 * SECOND);
            write(stage, writer, 1);
        }
        stage.live(2 * SECOND);
    }
}
