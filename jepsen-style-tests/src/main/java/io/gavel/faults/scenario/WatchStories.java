package io.gavel.faults.scenario;

import io.gavel.faults.sim.Stage;
import io.gavel.faults.sim.client.Actor;
import io.gavel.faults.sim.node.SimNode;
import io.gavel.server.disk.sim.SimDisk;
import java.util.List;

/// Watches that miss nothing, repeat nothing and never go back.
final class WatchStories {
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000 * MILLI;

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

    /// Watchers that stand still for longer than the members remember: history, then snapshots, while writes go on;
    /// the last change of all comes as an event of its own.
    static void slowReaders(Stage stage) {
        stage.leader();
        Actor writer = stage.newActor();
        for (int round = 0; round < 8; round++) {
            Actor watcher = stage.newActor();
            watcher.watch("r/");
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
}
