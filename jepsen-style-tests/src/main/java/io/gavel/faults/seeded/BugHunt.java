package io.gavel.faults.seeded;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Plants bugs one after the other and lets the simulators look for each in a JVM of its own.
public final class BugHunt {
    private static final Pattern CORE_FAILURE = Pattern.compile("seed[= ](\\d+)\\W+(.*)");
    private static final int CORE_SEEDS = 1_000;

    /// The simulation of the consensus core alone, in its module's tests.
    public static final String CORE = "core";

    /// The simulation of whole members and clients.
    public static final String NODE = "node";

    private final Path root;
    private final Path cache;
    private final String classPath;
    private final List<String> javaCommand;
    private final int budgetSeconds;

    /// @param javaCommand a JVM with its options, without class path and main class
    public BugHunt(Path root, String classPath, List<String> javaCommand, int budgetSeconds) {
        this.root = root;
        this.cache = root.resolve("jepsen-style-tests/target/seeded-bugs");
        this.classPath = classPath;
        this.javaCommand = javaCommand;
        this.budgetSeconds = budgetSeconds;
    }

    /// The simulators that may look for a bug: for one of the core its own simulation first.
    public static List<String> simulators(SeededBug bug) {
        return bug.isInCore() ? List.of(CORE, NODE) : List.of(NODE);
    }

    /// The scores of a bug by these simulators, in their order, up to the first that finds it.
    public List<Score> hunt(SeededBug bug, List<String> simulators) throws IOException, InterruptedException {
        String hash = TreeHash.of(root, bug.patch());
        List<Score> scores = new ArrayList<>();
        Path folder = Files.createTempDirectory("gavel-seeded-bug");
        try {
            List<Path> planted = new ArrayList<>();
            for (String simulator : simulators) {
                Path kept = cache.resolve(bug.name() + "-" + simulator + "-" + hash);
                Score score = Score.read(kept, budgetSeconds);
                if (score == null) {
                    if (planted.isEmpty()) {
                        planted.add(new Planting(root, classPath).plant(bug, folder));
                    }
                    score = look(simulator, planted.getFirst());
                    score.write(kept);
                }
                scores.add(score);
                if (score.killed()) {
                    break;
                }
            }
        } finally {
            delete(folder);
        }
        return scores;
    }

    private Score look(String simulator, Path classes) throws IOException, InterruptedException {
        boolean core = simulator.equals(CORE);
        List<String> command = new ArrayList<>(javaCommand);
        String tests = root.resolve("raft-core/target/test-classes").toString();
        command.addAll(List.of("-cp", String.join(":", classes.toString(), classPath, tests)));
        command.addAll(
                core
                        ? List.of("io.gavel.raft.sim.CoreSimulationMain", "run", "1", Integer.toString(CORE_SEEDS))
                        : List.of(
                                "io.gavel.faults.command.FaultsMain",
                                "hunt",
                                "--seconds",
                                Integer.toString(budgetSeconds)));
        long started = System.nanoTime();
        Path errors = Files.createTempFile("gavel-seeded-bug", ".err");
        Process process =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        List<String> said;
        try (var lines = process.inputReader(StandardCharsets.UTF_8)) {
            said = lines.lines().toList();
        }
        int exit = process.waitFor();
        int seconds = (int) ((System.nanoTime() - started) / 1_000_000_000);
        String error = Files.readString(errors).strip();
        Files.delete(errors);
        if (exit > 2 || (said.isEmpty() && exit != 0)) {
            throw new IOException("the " + simulator + " simulator ended with exit code " + exit + ": " + error);
        }
        return core ? coreScore(said, exit, seconds) : nodeScore(said, seconds);
    }

    private static Score coreScore(List<String> said, int exit, int seconds) {
        if (exit == 0) {
            return new Score(CORE, false, CORE_SEEDS, "", "", "", seconds);
        }
        Matcher failure = CORE_FAILURE.matcher(said.getFirst());
        String seed = failure.find() ? failure.group(1) : "?";
        String message = failure.reset().find() ? failure.group(2) : said.getFirst();
        int runs = seed.equals("?") ? CORE_SEEDS : Integer.parseInt(seed);
        return new Score(CORE, true, runs, seed, message.split("[:(]", 2)[0].strip(), message, seconds);
    }

    private static Score nodeScore(List<String> said, int seconds) throws IOException {
        String[] words = said.isEmpty() ? new String[0] : said.getLast().split("\t", -1);
        if (words.length >= 5 && words[0].equals("killed")) {
            return new Score(NODE, true, Integer.parseInt(words[1]), words[2], words[3], words[4], seconds);
        }
        if (words.length == 2 && words[0].equals("survived")) {
            return new Score(NODE, false, Integer.parseInt(words[1]), "", "", "", seconds);
        }
        throw new IOException("the node simulator said " + Objects.toString(said));
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
