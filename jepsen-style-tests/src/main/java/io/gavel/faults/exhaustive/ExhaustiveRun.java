package io.gavel.faults.exhaustive;

import io.gavel.faults.trial.Trial;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/// Runs every case of one kind on all cores and counts what it did not run, with the reason.
public final class ExhaustiveRun {
    private static final int MAX_FAILURES = 20;

    private final String name;
    private final SortedMap<String, Integer> counts = new TreeMap<>();
    private final List<Trial> failures = new ArrayList<>();
    private int cases;
    private double seconds;

    private ExhaustiveRun(String name) {
        this.name = name;
    }

    /// A part of the work that is done in one go.
    @FunctionalInterface
    private interface Task {
        void run();
    }

    /// A crash in every disk operation of every machine.
    public static ExhaustiveRun crashes() throws InterruptedException {
        ExhaustiveRun run = new ExhaustiveRun("crashes");
        long started = System.nanoTime();
        CrashRuns runs = new CrashRuns(FixedScript.SETTING);
        CrashRuns.Plain plain = runs.plain();
        run.add(plain.trial());
        List<Task> tasks = new ArrayList<>();
        plain.steps().forEach((node, steps) -> {
            run.count("disk operations of n" + node, Math.toIntExact(steps));
            for (long step = 1; step <= steps; step++) {
                long each = step;
                tasks.add(() -> run.add(runs.point(node, each)));
            }
        });
        run.runAll(tasks);
        run.seconds = (System.nanoTime() - started) / 1e9;
        return run;
    }

    /// Every damage of every record of every member.
    public static ExhaustiveRun damage() throws InterruptedException {
        ExhaustiveRun run = new ExhaustiveRun("damage");
        long started = System.nanoTime();
        DamageRuns runs = new DamageRuns(DamageRuns.SETTING);
        List<Task> tasks = new ArrayList<>();
        for (int node = 1; node <= DamageRuns.MEMBERS; node++) {
            for (DamageCase.Plot plot : DamageCase.Plot.values()) {
                List<DiskRecord> records = runs.records(node, plot);
                run.count("records of n" + node + ", " + plot.label(), records.size());
                for (int record = 0; record < records.size(); record++) {
                    for (Damage damage : Damage.values()) {
                        run.plan(runs, new DamageCase(node, plot, record, damage), records.get(record), tasks);
                    }
                }
            }
        }
        run.runAll(tasks);
        run.seconds = (System.nanoTime() - started) / 1e9;
        return run;
    }

    private void plan(DamageRuns runs, DamageCase damage, DiskRecord record, List<Task> tasks) {
        String excuse = damage.excuse(record);
        if (excuse.isEmpty()) {
            tasks.add(() -> add(record, runs.run(damage), damage.damage()));
        } else {
            count("left out: " + excuse, 1);
        }
    }

    private void runAll(List<Task> tasks) throws InterruptedException {
        AtomicInteger next = new AtomicInteger();
        int threads = Runtime.getRuntime().availableProcessors();
        List<Future<?>> running = new ArrayList<>();
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            for (int i = 0; i < threads; i++) {
                running.add(executor.submit(() -> {
                    for (int each = next.getAndIncrement();
                            each < tasks.size() && !hasFailedOften();
                            each = next.getAndIncrement()) {
                        tasks.get(each).run();
                    }
                }));
            }
            for (Future<?> one : running) {
                one.get();
            }
        } catch (ExecutionException broken) {
            throw new IllegalStateException("a case broke the harness", broken.getCause());
        }
    }

    private synchronized boolean hasFailedOften() {
        return failures.size() >= MAX_FAILURES;
    }

    private synchronized void count(String what, int more) {
        counts.merge(what, more, Integer::sum);
    }

    private synchronized void add(Trial trial) {
        cases++;
        if (trial.verdict() != Trial.Verdict.PASSED) {
            failures.add(trial);
        }
    }

    private synchronized void add(CrashRuns.Point point) {
        point.trials().forEach(this::add);
        count("left out: the disk after it is the same as after another choice", point.same());
    }

    private synchronized void add(DiskRecord record, DamageRuns.Damaged damaged, Damage damage) {
        if (damaged.fate() == DamageRuns.Fate.IMPOSSIBLE
                && damaged.trial().result().violation() == null) {
            count("left out: nothing older or other to put in its place, or the same", 1);
            return;
        }
        add(damaged.trial());
        if (damaged.trial().verdict() == Trial.Verdict.PASSED) {
            count(
                    damage.label() + " of " + record.room() + ": "
                            + damaged.fate().label(),
                    1);
            if (!damaged.reason().isEmpty()) {
                count("reason: " + damaged.reason().replaceAll("\\d+", "N"), 1);
            }
        }
    }

    /// `crashes` or `damage`.
    public String name() {
        return name;
    }

    /// Cases that were run.
    public int cases() {
        return cases;
    }

    /// What was counted: sizes, what was left out and why, what became of it.
    public SortedMap<String, Integer> counts() {
        return counts;
    }

    public List<Trial> failures() {
        return failures;
    }

    public double seconds() {
        return seconds;
    }

    /// Runs the case with this id again, with its events for a timeline.
    ///
    /// @throws IllegalArgumentException if no case has it
    public static Trial repeat(String id) {
        return DamageCase.isId(id)
                ? new DamageRuns(DamageRuns.SETTING.withEvents())
                        .run(DamageCase.parse(id))
                        .trial()
                : new CrashRuns(FixedScript.SETTING.withEvents()).repeat(id);
    }
}
