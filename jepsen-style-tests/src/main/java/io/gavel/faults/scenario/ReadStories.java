package io.gavel.faults.scenario;

import io.gavel.faults.sim.Stage;
import io.gavel.faults.sim.client.Act;
import io.gavel.faults.sim.client.Actor;
import io.gavel.faults.sim.node.SimNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads that must not be older than what somebody was told before.
final class ReadStories {
    private static final long MILLI = 1_000_000;

    private ReadStories() {}

    /// A leader waits for the echoes of a read round and stands still; the others elect another one, which writes.
    /// When the old one wakes and has got a new read, a late echo of the old round reaches it from the member that
    /// does not lead: with itself that would be a majority.
    static void lateEchoes(Stage stage) {
        SimNode old = stage.leader();
        List<SimNode> others = List.of(stage.follower(0), stage.follower(1));
        Actor writer = stage.newActor();
        Actor reader = stage.newActor();
        stage.done(writer.put("r/0"));
        for (SimNode other : others) {
            cutBoth(stage, reader.client().host(), other.host());
        }
        cutBoth(stage, writer.client().host(), old.host());
        // The reader moves its connection to the only member that it reaches.
        stage.done(reader.get("r/0"));
        others.forEach(other -> stage.cut(other.host(), old.host()));
        Act early = reader.get("r/0");
        stage.live(5 * MILLI);
        others.forEach(other -> stage.cut(old.host(), other.host()));
        stage.pause(old, 20_000 * MILLI);
        stage.await("another leader", () -> newer(stage, old, others) != null);
        Act written = stage.done(writer.put("r/0"));
        SimNode silent = others.get(others.get(0) == newer(stage, old, others) ? 1 : 0);
        Act late = reader.get("r/0");
        stage.live(5 * MILLI);
        stage.resume(old);
        stage.live(5 * MILLI);
        stage.join(silent.host(), old.host());
        stage.live(200 * MILLI);
        stage.rejoin(old);
        stage.ended(early);
        stage.ended(late);
        stage.demand(
                !late.isOk() || String.valueOf(late.value()).equals(written.value()),
                "I17",
                "the deposed leader answers " + late.value() + " after " + written.value() + " was acknowledged");
        stage.done(writer.get("r/0"));
    }

    private static void cutBoth(Stage stage, String one, String other) {
        stage.cut(one, other);
        stage.cut(other, one);
    }

    private static @Nullable SimNode newer(Stage stage, SimNode old, List<SimNode> others) {
        for (SimNode other : others) {
            if (stage.leads(other) && stage.term(other) > stage.term(old)) {
                return other;
            }
        }
        return null;
    }
}
