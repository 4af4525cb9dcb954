package io.gavel.faults.house;

import java.nio.file.Path;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What holds for the tree as a whole: null marks on every package, nothing that names one machine.
final class TreeRules implements HouseRule {
    private static final Pattern MACHINE_PATH =
            Pattern.compile("(?<![\\w.~}$*-])(/(work|home|root|Users)/[\\w.-]+|[A-Z]:\\\\Users\\\\)");

    @Override
    public void check(SourceTree tree, Consumer<Violation> violations) {
        checkNullMarks(tree, violations);
        for (SourceTree.TextFile file : tree.textFiles()) {
            for (int i = 0; i < file.lines().size(); i++) {
                Matcher matcher = MACHINE_PATH.matcher(file.lines().get(i));
                if (matcher.find()) {
                    violations.accept(new Violation(
                            file.path(),
                            i + 1,
                            "machine-path",
                            matcher.group(),
                            "derive it, or let the caller name it"));
                }
            }
        }
    }

    private static void checkNullMarks(SourceTree tree, Consumer<Violation> violations) {
        var marked = new TreeSet<String>();
        var used = new TreeMap<String, Path>();
        for (JavaSource source : tree.javaSources()) {
            String room = source.module() + " " + source.packageName();
            if (source.isPackageInfo()) {
                if (source.lines().stream().anyMatch(line -> line.equals("@NullMarked"))) {
                    marked.add(room);
                }
            } else if (!source.packageName().isEmpty()) {
                used.putIfAbsent(room, source.path());
            }
        }
        used.forEach((room, file) -> {
            if (!marked.contains(room)) {
                violations.accept(new Violation(
                        file, 1, "null-marked", "the package has no @NullMarked package-info.java", "write one"));
            }
        });
    }
}
