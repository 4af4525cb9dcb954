package io.gavel.faults.exhaustive;

import io.gavel.faults.exhaustive.CrashCase.Loss;
import io.gavel.faults.sim.RunResult;
import io.gavel.faults.sim.Stage;
import io.gavel.faults.sim.StageSetting;
import io.gavel.faults.sim.node.SimNode;
import io.gavel.faults.trial.Trial;
import io.gavel.server.disk.sim.SimDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The script, with one member dying in one of its disk operations.
final class CrashRuns {
    private static final long MILLI = 1_000_000;
    private static final long POWER_LOSS_AFTER_NANOS = 300 * MILLI;

    private final StageSetting setting;

    CrashRuns(StageSetting setting) {
        this.setting = setting;
    }

    /// The script without a crash.
    ///
    /// @param steps how many disk operations each machine did, by its id
    record Plain(Trial trial, TreeMap<Integer, Long> steps) {}

    /// What became of all choices for one crash.
    ///
    /// @param same choices that leave the disk in a state that another choice has left already
    record Point(List<Trial> trials, int same) {}

    Plain plain() {
        TreeMap<Integer, Long> steps = new TreeMap<>();
        RunResult result = Stage.play(
                setting,
                new FixedScript(
                        _ -> {},
                        stage -> stage.target()
                                .nodes()
                                .forEach(
                                        node -> steps.put(node.id(), node.disk().steps()))));
        return new Plain(Trial.of("plain", result), steps);
    }

    /// All choices of what survives a crash in this operation, each state of the disk once.
    Point point(int node, long step) {
        List<Long> hashes = new ArrayList<>();
        List<Trial> trials = new ArrayList<>();
        trials.add(run(
                new CrashCase(node, step, Loss.ALL_LOST),
                disk -> Loss.ofPower().forEach(loss -> hashes.add(disk.survivorHash(loss.keep(), loss.random())))));
        TreeSet<Long> seen = new TreeSet<>();
        int same = 0;
        for (int i = 0; i < hashes.size(); i++) {
            if (!seen.add(hashes.get(i))) {
                same++;
            } else if (i > 0) {
                trials.add(run(new CrashCase(node, step, Loss.ofPower().get(i))));
            }
        }
        trials.add(run(new CrashCase(node, step, Loss.LATER)));
        return new Point(trials, same);
    }

    /// The case with this id.
    Trial repeat(String id) {
        return id.equals("plain") ? plain().trial() : run(CrashCase.parse(id));
    }

    /// One case.
    Trial run(CrashCase crash) {
        return run(crash, _ -> {});
    }

    private Trial run(CrashCase crash, Consumer<SimDisk> witness) {
        @Nullable SimNode[] victim = new SimNode[1];
        Loss loss = crash.loss();
        RunResult result = Stage.play(setting, stage -> {
            boolean[] died = new boolean[1];
            SimNode.Survival survival = new SimNode.Survival(loss.keep(), loss.random(), disk -> {
                witness.accept(disk);
                died[0] = true;
                if (loss.equals(Loss.LATER)) {
                    losePowerLater(stage, victim[0]);
                }
            });
            Consumer<SimNode> machines = node -> {
                if (node.id() == crash.node()) {
                    victim[0] = node;
                    node.crashAt(crash.step(), survival);
                }
            };
            new FixedScript(
                            machines,
                            _ -> stage.demand(died[0], "script", "the script ends before operation " + crash.step()))
                    .tell(stage);
        });
        return Trial.of(crash.id(), result);
    }

    /// What the recovery read but did not prove must not be what an answer stands on (rule 22).
    private static void losePowerLater(Stage stage, @Nullable SimNode node) {
        if (node != null) {
            stage.target().scheduler().in(POWER_LOSS_AFTER_NANOS, stage.target().outside(), "power off", () -> {
                if (node.isRunning()) {
                    node.crash(SimDisk.Keep.FORCED);
                }
            });
        }
    }
}
