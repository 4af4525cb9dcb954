package io.gavel.faults.house;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/// Every text file below a root, and the syntax trees of the Java sources among them.
///
/// Sources are parsed, not attributed: rules see names, not types. What needs types is checked on class files.
final class SourceTree {
    private static final Set<String> SKIPPED_DIRECTORIES = Set.of("target", ".git", ".m2", ".idea", ".vscode");
    private static final long LARGEST_TEXT_BYTES = 1 << 20;

    private final List<TextFile> textFiles;
    private final List<JavaSource> javaSources;

    private SourceTree(List<TextFile> textFiles, List<JavaSource> javaSources) {
        this.textFiles = textFiles;
        this.javaSources = javaSources;
    }

    /// Reads the tree below `root`, in the order of the paths.
    static SourceTree read(Path root) {
        try {
            List<TextFile> files = textFiles(root);
            return new SourceTree(files, parse(root, files));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<TextFile> textFiles() {
        return textFiles;
    }

    List<JavaSource> javaSources() {
        return javaSources;
    }

    private static List<TextFile> textFiles(Path root) throws IOException {
        List<Path> paths = new ArrayList<>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                return SKIPPED_DIRECTORIES.contains(directory.getFileName().toString())
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (!file.getFileName().toString().equals(".git")
                        && attributes.isRegularFile()
                        && attributes.size() <= LARGEST_TEXT_BYTES) {
                    paths.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        Collections.sort(paths);
        List<TextFile> files = new ArrayList<>();
        for (Path path : paths) {
            String text = new String(Files.readAllBytes(path), StandardCharsets.UTF_8);
            if (text.indexOf('\0') < 0) {
                files.add(new TextFile(root.relativize(path), text.lines().toList()));
            }
        }
        return files;
    }

    private static List<JavaSource> parse(Path root, List<TextFile> files) throws IOException {
        List<TextFile> java = files.stream()
                .filter(file -> file.path().toString().endsWith(".java"))
                .toList();
        if (java.isEmpty()) {
            return List.of();
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<JavaSource> sources = new ArrayList<>();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            var inputs = manager.getJavaFileObjectsFromPaths(
                    java.stream().map(file -> root.resolve(file.path())).toList());
            var problems = new DiagnosticCollector<JavaFileObject>();
            JavacTask task = (JavacTask) compiler.getTask(null, manager, problems, List.of("-proc:none"), null, inputs);
            Trees trees = Trees.instance(task);
            int next = 0;
            for (CompilationUnitTree unit : task.parse()) {
                sources.add(new JavaSource(java.get(next++), unit, trees));
            }
            if (!problems.getDiagnostics().isEmpty()) {
                throw new IllegalStateException(
                        "does not parse: " + problems.getDiagnostics().getFirst());
            }
        }
        return sources;
    }

    /// A text file with its lines; the path is relative to the root.
    record TextFile(Path path, List<String> lines) {}
}
