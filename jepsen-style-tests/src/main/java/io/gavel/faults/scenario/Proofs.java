package io.gavel.faults.scenario;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.gavel.faults.seeded.Planting;
import io.gavel.faults.seeded.SeededBug;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Plants a bug and plays the scenarios that must see it, in a JVM of their own.
public final class Proofs {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final Path root;
    private final String classPath;
    private final List<String> java;

    /// @param java a JVM with its options, without class path and main class
    public Proofs(Path root, String classPath, List<String> java) {
        this.root = root;
        this.classPath = classPath;
        this.java = java;
    }

    /// What a scenario made of a bug.
    ///
    /// @param seen whether it turned red
    /// @param message what it found
    public record Proof(String scenario, boolean seen, String message) {}

    /// Plays the scenarios, by name, with the bug in place.
    public List<Proof> prove(SeededBug bug, List<String> names) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("gavel-scenario-bug");
        try {
            Path classes = new Planting(root, classPath).plant(bug, folder);
            List<String> world = new ArrayList<>();
            List<String> core = new ArrayList<>();
            for (String name : names) {
                if (name.startsWith("core/")) {
                    core.add(name.substring("core/".length()));
                } else {
                    world.add(name);
                }
            }
            String planted = classes + ":" + classPath;
            List<Proof> proofs = new ArrayList<>();
            if (!world.isEmpty()) {
                proofs.addAll(play(planted, world));
            }
            if (!core.isEmpty()) {
                new CoreReplay(root, java)
                        .failures(planted, core)
                        .forEach((file, why) -> proofs.add(new Proof("core/" + file, !why.isEmpty(), why)));
            }
            return proofs;
        } finally {
            delete(folder);
        }
    }

    private List<Proof> play(String planted, List<String> names) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(java);
        command.addAll(List.of(
                "-Dgavel.root=" + root,
                "-cp",
                planted,
                "io.gavel.faults.command.FaultsMain",
                "scenarios",
                "--only",
                String.join(",", names),
                "--no-files",
                "-o",
                "json"));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String said;
        try (var output = process.getInputStream()) {
            said = new String(output.readAllBytes(), StandardCharsets.UTF_8);
        }
        int exit = process.waitFor();
        if (exit > 2) {
            throw new IOException("the scenarios ended with exit code " + exit + ": " + said);
        }
        List<Proof> proofs = new ArrayList<>();
        for (JsonNode scenario : MAPPER.readTree(said).get("scenarios")) {
            proofs.add(new Proof(
                    scenario.get("name").asText(),
                    !scenario.get("passed").asBoolean(),
                    scenario.get("message").asText().lines().findFirst().orElse("")));
        }
        return proofs;
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
