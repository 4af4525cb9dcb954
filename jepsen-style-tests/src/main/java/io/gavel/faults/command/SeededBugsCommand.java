package io.gavel.faults.command;

import io.gavel.faults.seeded.BugHunt;
import io.gavel.faults.seeded.Score;
import io.gavel.faults.seeded.SeededBug;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `faults seeded-bugs`: how many of the planted bugs the simulators find.
@Command(
        name = "seeded-bugs",
        mixinStandardHelpOptions = true,
        description =
                "Plants each bug of jepsen-style-tests/seeded-bugs in a copy and lets the simulators look for it.")
final class SeededBugsCommand implements Callable<Integer> {
    @Option(names = "--only", split = ",", paramLabel = "NAME", description = "Only these.")
    private List<String> only = List.of();

    @Option(names = "--random", paramLabel = "N", description = "Only N of them, drawn afresh, and no control.")
    private int drawn;

    @Option(
            names = "--minutes",
            paramLabel = "M",
            description = "How long to look for each; default: ${DEFAULT-VALUE}.",
            defaultValue = "10")
    private double minutes;

    @Option(
            names = "--core",
            description = "Only bugs of the consensus core, and only its own simulation: seconds instead of minutes.")
    private boolean core;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path root = Path.of(Objects.requireNonNull(System.getProperty("gavel.root"), "gavel.root"));
        List<SeededBug> bugs = chosen(SeededBug.all(root));
        if (bugs.isEmpty()) {
            System.err.println("faults: no seeded bug is named " + only);
            return ExitCodes.SET_UP_FAILED;
        }
        List<String> java = SecondJvm.jvm();
        var hunt = new BugHunt(
                root, Objects.requireNonNull(System.getProperty("java.class.path")), java, (int) (minutes * 60));
        int killed = 0;
        int wrong = 0;
        for (SeededBug bug : bugs) {
            List<Score> scores;
            try {
                scores = hunt.hunt(bug, core ? List.of(BugHunt.CORE) : BugHunt.simulators(bug));
            } catch (IOException broken) {
                System.err.println("faults: " + bug.name() + ": " + broken.getMessage());
                return ExitCodes.SET_UP_FAILED;
            }
            scores.forEach(score -> System.out.println(score.line(bug)));
            boolean found = scores.stream().anyMatch(Score::killed);
            killed += found ? 1 : 0;
            wrong += found == bug.control() ? 1 : 0;
        }
        System.out.println(killed + " of " + bugs.size() + " found; " + wrong + " not as they should be");
        return wrong == 0 ? ExitCodes.PASSED : ExitCodes.VIOLATED;
    }

    private List<SeededBug> chosen(List<SeededBug> all) {
        List<SeededBug> bugs = new ArrayList<>(all);
        if (!only.isEmpty()) {
            bugs.removeIf(bug -> !only.contains(bug.name()));
        }
        if (core) {
            bugs.removeIf(bug -> !bug.isInCore());
        }
        if (drawn > 0) {
            bugs.removeIf(SeededBug::control);
            Collections.shuffle(bugs, new Random(Seeds.fresh()));
            return bugs.subList(0, Math.min(drawn, bugs.size()));
        }
        return bugs;
    }
}
