package io.gavel.faults.seeded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/// A patch that breaks one promise of the production code, or, as a control, breaks none.
///
/// @param description the patch's first line
/// @param control whether nothing must find it
/// @param files the files that it changes, from the root of the tree
public record SeededBug(String name, Path patch, String description, boolean control, List<Path> files) {
    private static final String SUFFIX = ".patch";
    private static final String CHANGED = "+++ b/";
    private static final String WHOLE_MEMBERS = "Only whole members show it.";

    /// Where the patches are, from the root of the tree; the controls are in a folder of their own.
    public static final Path FOLDER = Path.of("jepsen-style-tests", "seeded-bugs");

    /// All of a tree, by name, the controls last.
    public static List<SeededBug> all(Path root) throws IOException {
        var bugs = new ArrayList<SeededBug>();
        for (Path folder : List.of(root.resolve(FOLDER), root.resolve(FOLDER).resolve("controls"))) {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.filter(file -> file.toString().endsWith(SUFFIX))
                        .sorted()
                        .toList()) {
                    bugs.add(read(file, folder.endsWith("controls")));
                }
            }
        }
        return bugs;
    }

    private static SeededBug read(Path patch, boolean control) throws IOException {
        List<String> lines = Files.readAllLines(patch);
        String file = patch.getFileName().toString();
        return new SeededBug(
                file.substring(0, file.length() - SUFFIX.length()),
                patch,
                lines.isEmpty() ? "" : lines.getFirst(),
                control,
                lines.stream()
                        .filter(line -> line.startsWith(CHANGED))
                        .map(line -> Path.of(line.substring(CHANGED.length())))
                        .toList());
    }

    /// The modules whose code it changes.
    public TreeSet<String> modules() {
        var modules = new TreeSet<String>();
        files.forEach(file -> modules.add(file.getName(0).toString()));
        return modules;
    }

    /// Whether the core's own simulation may look for it: it changes the consensus core alone, and does not say that
    /// only
    /// whole members show it.
    public boolean isInCore() {
        return modules().equals(new TreeSet<>(List.of("raft-core"))) && !description.endsWith(WHOLE_MEMBERS);
    }
}
