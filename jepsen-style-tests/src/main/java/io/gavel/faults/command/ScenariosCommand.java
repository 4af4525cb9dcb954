package io.gavel.faults.command;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gavel.faults.scenario.CoreReplay;
import io.gavel.faults.scenario.CoreScenario;
import io.gavel.faults.scenario.Proofs;
import io.gavel.faults.scenario.Scenario;
import io.gavel.faults.scenario.Scenarios;
import io.gavel.faults.seeded.SeededBug;
import io.gavel.faults.trial.Trial;
import io.gavel.faults.trial.TrialReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `faults scenarios`: what went wrong in other systems, staged; and the bugs that each scenario must see.
@Command(
        name = "scenarios",
        mixinStandardHelpOptions = true,
        description = "Plays what went wrong in other systems. With --prove: plants bugs that the scenarios must see.")
final class ScenariosCommand implements Callable<Integer> {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    @Option(names = "--only", split = ",", paramLabel = "NAME", description = "Only these.")
    private List<String> only = List.of();

    @Option(names = "--prove", description = "Plant the bugs of each scenario and demand that it turns red.")
    private boolean prove;

    @Option(names = "--random", paramLabel = "N", description = "With --prove: only N bugs, drawn afresh.")
    private int drawn;

    @Mixin
    private ReportOptions reporting = new ReportOptions();

    @Option(names = "--no-files", hidden = true)
    private boolean noFiles;

    private final ObjectNode json = MAPPER.createObjectNode();
    private boolean violated;
    private boolean undecided;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (!reporting.isFormatKnown()) {
            return ExitCodes.SET_UP_FAILED;
        }
        List<Scenario> scenarios = Scenarios.all().stream()
                .filter(scenario -> isWanted(scenario.name()))
                .toList();
        List<CoreScenario> core = CoreScenario.all().stream()
                .filter(scenario -> isWanted(scenario.name()))
                .toList();
        if (scenarios.isEmpty() && core.isEmpty()) {
            System.err.println("faults: no scenario is named " + only);
            return ExitCodes.SET_UP_FAILED;
        }
        Path root = Path.of(Objects.requireNonNull(System.getProperty("gavel.root"), "gavel.root"));
        if (prove) {
            proveAll(root, scenarios, core);
        } else {
            playAll(scenarios);
            replayAll(root, core);
        }
        if (reporting.isJson()) {
            System.out.println(json.put("passed", !violated && !undecided));
        }
        return violated ? ExitCodes.VIOLATED : undecided ? ExitCodes.UNDECIDED : ExitCodes.PASSED;
    }

    private boolean isWanted(String name) {
        return only.isEmpty() || only.contains(name);
    }

    // ---- playing

    private void playAll(List<Scenario> scenarios) throws IOException {
        TrialReport report = new TrialReport(reporting.out(), "scenarios", "--only");
        for (Scenario scenario : scenarios) {
            Trial trial = scenario.play();
            boolean passed = trial.verdict() == Trial.Verdict.PASSED;
            violated |= trial.verdict() == Trial.Verdict.VIOLATED;
            undecided |= trial.verdict() == Trial.Verdict.UNDECIDED;
            tell(scenario.name(), scenario.incident(), passed, trial.message());
            if (!passed && !noFiles) {
                Path place = report.write(scenario.playForReaders());
                say("  written to " + place);
                say("  repeat: " + report.reproduction(trial));
            }
        }
    }

    private void replayAll(Path root, List<CoreScenario> core) throws IOException, InterruptedException {
        if (core.isEmpty()) {
            return;
        }
        Map<String, String> failures = new CoreReplay(root, SecondJvm.jvm())
                .failures(classPath(), core.stream().map(CoreScenario::file).toList());
        for (CoreScenario scenario : core) {
            String failure = Objects.requireNonNull(failures.get(scenario.file()));
            violated |= !failure.isEmpty();
            tell(scenario.name(), scenario.incident(), failure.isEmpty(), failure);
        }
    }

    private void tell(String name, String incident, boolean passed, String message) {
        json.withArray("scenarios")
                .addObject()
                .put("name", name)
                .put("incident", incident)
                .put("passed", passed)
                .put("message", message);
        say((passed ? "passed  " : "FAILED  ") + name + ": " + (passed ? incident : message));
    }

    private void say(String line) {
        if (!reporting.isJson()) {
            System.out.println(line);
        }
    }

    private static String classPath() {
        return Objects.requireNonNull(System.getProperty("java.class.path"));
    }

    // ---- proving

    private void proveAll(Path root, List<Scenario> scenarios, List<CoreScenario> core)
            throws IOException, InterruptedException {
        Map<String, List<String>> byBug = new LinkedHashMap<>();
        scenarios.forEach(scenario -> scenario.bugs()
                .forEach(bug ->
                        byBug.computeIfAbsent(bug, _ -> new ArrayList<>()).add(scenario.name())));
        core.forEach(scenario -> scenario.bugs()
                .forEach(bug ->
                        byBug.computeIfAbsent(bug, _ -> new ArrayList<>()).add(scenario.name())));
        List<String> bugs = new ArrayList<>(byBug.keySet());
        if (drawn > 0) {
            Collections.shuffle(bugs, new Random(Seeds.fresh()));
            bugs = bugs.subList(0, Math.min(drawn, bugs.size()));
        }
        List<SeededBug> known = SeededBug.all(root);
        Proofs proofs = new Proofs(root, classPath(), SecondJvm.jvm());
        for (String name : bugs) {
            SeededBug bug = known.stream()
                    .filter(each -> each.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IOException("no seeded bug is named " + name));
            for (Proofs.Proof proof : proofs.prove(bug, Objects.requireNonNull(byBug.get(name)))) {
                violated |= !proof.seen();
                json.withArray("proofs")
                        .addObject()
                        .put("bug", name)
                        .put("scenario", proof.scenario())
                        .put("seen", proof.seen())
                        .put("message", proof.message());
                say((proof.seen() ? "seen    " : "UNSEEN  ") + name + " by " + proof.scenario() + ": "
                        + proof.message());
            }
        }
    }
}
