package io.gavel.faults.exhaustive;

import io.gavel.faults.exhaustive.DamageCase.Plot;
import io.gavel.faults.sim.RunResult;
import io.gavel.faults.sim.Stage;
import io.gavel.faults.sim.StageSetting;
import io.gavel.faults.sim.client.Act;
import io.gavel.faults.sim.client.Actor;
import io.gavel.faults.sim.node.SimNode;
import io.gavel.faults.trial.Trial;
import io.gavel.server.disk.sim.SimDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A script in which one member of three goes down, finds its disk damaged, and must heal or be replaced.
final class DamageRuns {
    static final StageSetting SETTING = StageSetting.DEFAULT.withSnapshots(1L << 40, 4);
    static final int MEMBERS = 3;

    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000 * MILLI;
    private static final long HEALING_NANOS = 30 * SECOND;

    private final StageSetting setting;

    DamageRuns(StageSetting setting) {
        this.setting = setting;
    }

    /// What a member did with its damage.
    enum Fate {
        /// There was nothing to do the damage with, as no older record of the kind.
        IMPOSSIBLE,
        /// It went on with what it had: another copy, an older snapshot, a second read.
        UNHARMED,
        /// It fetched what it had lost from the others.
        REPAIRED,
        /// It did not start, with a reason, and another machine took its place.
        REPLACED;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// What became of a case.
    ///
    /// @param reason why it was replaced; otherwise empty
    record Damaged(Trial trial, Fate fate, String reason) {}

    /// The records of the member's disk at the moment of damage.
    List<DiskRecord> records(int node, Plot plot) {
        List<DiskRecord> records = new ArrayList<>();
        RunResult result = Stage.play(setting, stage -> {
            Cast cast = new Cast(stage, stage.member(node), plot);
            cast.untilDown();
            records.addAll(DiskRecord.of(cast.victim.disk()));
        });
        if (result.violation() != null) {
            throw new IllegalStateException("the script fails before any damage: " + result.violation());
        }
        return records;
    }

    /// One case.
    Damaged run(DamageCase damage) {
        Fate[] fate = {Fate.IMPOSSIBLE};
        String[] reason = {""};
        RunResult result = Stage.play(setting, stage -> {
            Cast cast = new Cast(stage, stage.member(damage.node()), damage.plot());
            cast.untilDown();
            if (!cast.damage(damage)) {
                return;
            }
            if (damage.plot() == Plot.ALONE) {
                cast.comeBackAlone();
            } else {
                cast.comeBackAmongOthers();
            }
            fate[0] = cast.fate();
            reason[0] = cast.victim.failure();
            stage.end();
        });
        return new Damaged(Trial.of(damage.id(), result), fate[0], reason[0]);
    }

    /// Who plays.
    private static final class Cast {
        private final Stage stage;
        private final SimNode victim;
        private final Plot plot;
        private final Actor writer;
        private final Actor holder;
        private SimDisk earlier = new SimDisk();
        private SimNode lagging;
        private SimNode keeper;
        private Act held;
        /// A whole file went back in time: then its peers may refuse it for ever.
        private boolean old;
        private boolean replaced;

        Cast(Stage stage, SimNode victim, Plot plot) {
            this.stage = stage;
            this.victim = victim;
            this.plot = plot;
            stage.leader();
            this.writer = stage.newActor();
            this.holder = stage.newActor();
            this.held = stage.done(holder.lock("lock/a", 0));
            this.lagging = victim;
            this.keeper = victim;
        }

        private void write(int count) {
            for (int i = 0; i < count; i++) {
                stage.done(writer.put("k/" + i));
            }
        }

        private void snapshots() {
            for (SimNode node : stage.target().nodes()) {
                stage.operator().snapshot(node);
            }
        }

        /// Two segments, two snapshots and some log behind them, everything sealed; then the victim is off.
        void untilDown() {
            writer.watch("k/");
            write(4);
            snapshots();
            write(3);
            stage.restart(victim, SimDisk.Keep.PAGE_CACHE);
            stage.await("it is back", () -> stage.applied(victim) >= stage.committedIndex());
            write(3);
            snapshots();
            earlier = victim.disk().copy();
            write(10);
            List<SimNode> others = new ArrayList<>(stage.target().nodes());
            others.remove(victim);
            lagging = others.get(stage.leads(others.get(0)) ? 1 : 0);
            keeper = others.get(stage.leads(others.get(0)) ? 0 : 1);
            if (plot == Plot.ALONE) {
                stage.isolate(lagging);
                write(3);
            }
            stage.live(300 * MILLI);
            stage.stop(victim, SimDisk.Keep.FORCED);
            if (plot == Plot.ALONE) {
                stage.stop(keeper, SimDisk.Keep.FORCED);
            }
        }

        boolean damage(DamageCase damage) {
            DiskRecord record = DiskRecord.of(victim.disk()).get(damage.record());
            String text = damage.damage().label() + ": " + record;
            if (!damage.damage().apply(victim.disk(), record, earlier)) {
                return false;
            }
            if (damage.damage() == Damage.EIO) {
                stage.hadReadError(victim, text);
            } else if (damage.damage() == Damage.OLD_FILE) {
                old = true;
                stage.hasOlderDisk(victim, text);
            } else {
                stage.damaged(victim, text);
            }
            return true;
        }

        /// No client notices: every operation succeeds, before the victim is well again and after.
        void comeBackAmongOthers() {
            stage.start(victim);
            write(3);
            stage.done(writer.get("k/0"));
            stage.done(holder.fencedPut(Actor.granted(held), "lock/a/work"));
            healOrReplace();
            // From here on every majority needs what healed or took its place.
            stage.stop(keeper, SimDisk.Keep.FORCED);
            write(2);
            stage.done(holder.fencedPut(Actor.granted(held), "lock/a/work"));
            stage.start(keeper);
            stage.done(holder.release(Actor.granted(held)));
        }

        /// What only the keeper has must not be lost, whoever asks for votes meanwhile.
        void comeBackAlone() {
            // What was on the way to the lagging member is gone with the connections.
            stage.live(4 * SECOND);
            stage.rejoin(lagging);
            stage.start(victim);
            Act written = writer.patience(60 * SECOND).put("k/1");
            stage.live(3 * SECOND);
            stage.start(keeper);
            stage.done(written);
            healOrReplace();
            write(2);
        }

        private void healOrReplace() {
            long committed = stage.committedIndex();
            long deadline = stage.nowNanos() + HEALING_NANOS;
            while (!isWell(committed) && !victim.isBroken() && stage.nowNanos() < deadline) {
                stage.live(20 * MILLI);
            }
            stage.demand(
                    isWell(committed) || victim.isBroken() || old,
                    "I27",
                    "the damaged member neither heals nor gives up within " + HEALING_NANOS / SECOND + " s");
            replaced = !isWell(committed);
            if (replaced) {
                stage.demand(old || !victim.failure().isBlank(), "reason", "it gives up without a reason");
                SimNode fresh = stage.operator().newMachine();
                fresh.start();
                stage.operator().replace(victim, fresh);
            }
        }

        private boolean isWell(long committed) {
            return victim.isRunning() && stage.applied(victim) >= committed && !stage.isUnderRepair(victim);
        }

        Fate fate() {
            if (replaced) {
                return Fate.REPLACED;
            }
            return stage.sawRepair() ? Fate.REPAIRED : Fate.UNHARMED;
        }
    }
}
