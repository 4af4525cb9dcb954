package io.gavel.faults.house;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// All house rules, and a program that checks a tree: `java HouseRules.java [ROOT]` prints the violations, exits 1 if
/// there is one.
final class HouseRules {
    private static final List<HouseRule> RULES = List.of(
            new SizeRules(),
            new NameRules(),
            new DeterminismRule(),
            new IterationRule(),
            new CommentRules(),
            new TestRules(),
            new ErrorRules(),
            new TreeRules());

    private HouseRules() {}

    /// Every violation below `root`, by file and line.
    static List<Violation> check(Path root) {
        SourceTree tree = SourceTree.read(root);
        List<Violation> violations = new ArrayList<>();
        for (HouseRule rule : RULES) {
            rule.check(tree, violations::add);
        }
        violations.sort(Comparator.comparing(Violation::file).thenComparingInt(Violation::line));
        return violations;
    }

    public static void main(String[] arguments) {
        List<Violation> violations = check(Path.of(arguments.length == 0 ? "." : arguments[0]));
        violations.forEach(System.out::println);
        System.out.println(
                violations.isEmpty() ? "house rules: kept" : "house rules: " + violations.size() + " broken");
        System.exit(violations.isEmpty() ? 0 : 1);
    }
}
