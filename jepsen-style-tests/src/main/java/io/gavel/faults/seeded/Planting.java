package io.gavel.faults.seeded;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/// Plants a bug in copies of the modules that it changes, and compiles them into a folder that goes first on a class
/// path.
public final class Planting {
    private final Path root;
    private final String classPath;

    /// With the tree's root and the class path that the unchanged code runs on.
    public Planting(Path root, String classPath) {
        this.root = root;
        this.classPath = classPath;
    }

    /// Whether the patch still applies to the tree; the text says why not, and is empty if it does.
    public static String applies(Path root, SeededBug bug) throws IOException, InterruptedException {
        return gitApply(root, bug, "--check");
    }

    /// Plants it under the folder and returns the folder of its classes.
    ///
    /// @throws IOException if the patch does not apply or the code does not compile, with what was said
    public Path plant(SeededBug bug, Path folder) throws IOException, InterruptedException {
        for (String module : bug.modules()) {
            copy(
                    root.resolve(module).resolve("src/main/java"),
                    folder.resolve(module).resolve("src/main/java"));
        }
        String refused = gitApply(folder, bug);
        if (!refused.isEmpty()) {
            throw new IOException("the patch no longer applies: " + refused);
        }
        Path classes = Files.createDirectories(folder.resolve("classes"));
        boolean released = bug.modules().contains("client") || bug.modules().contains("protocol");
        List<String> options = List.of(
                "-nowarn",
                "-proc:none",
                "--release",
                released ? "17" : "25",
                "-cp",
                classPath,
                "-d",
                classes.toString());
        List<Path> sources = new ArrayList<>();
        for (String module : bug.modules()) {
            try (Stream<Path> files = Files.walk(folder.resolve(module))) {
                files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
            }
        }
        compile(options, sources);
        return classes;
    }

    private static void compile(List<String> options, List<Path> sources) throws IOException {
        JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler(), "a JDK is needed");
        var said = new StringWriter();
        try (var files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            var units = files.getJavaFileObjectsFromPaths(sources);
            if (!compiler.getTask(new PrintWriter(said), files, null, options, null, units)
                    .call()) {
                throw new IOException("it does not compile: " + said);
            }
        }
    }

    private static String gitApply(Path tree, SeededBug bug, String... options)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("git", "apply"));
        command.addAll(List.of(options));
        command.add(bug.patch().toAbsolutePath().toString());
        ProcessBuilder git =
                new ProcessBuilder(command).directory(tree.toFile()).redirectErrorStream(true);
        git.environment()
                .put(
                        "GIT_CEILING_DIRECTORIES",
                        String.valueOf(tree.toAbsolutePath().getParent()));
        Process process = git.start();
        try (OutputStream input = process.getOutputStream()) {
            input.flush();
        }
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return process.waitFor() == 0 ? "" : said.isEmpty() ? "exit code " + process.exitValue() : said.strip();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file));
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }
}
