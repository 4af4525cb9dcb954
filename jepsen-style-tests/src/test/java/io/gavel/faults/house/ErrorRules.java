package io.gavel.faults.house;

import com.sun.source.tree.BindingPatternTree;
import com.sun.source.tree.CaseTree;
import com.sun.source.tree.CatchTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.DeconstructionPatternTree;
import com.sun.source.tree.DefaultCaseLabelTree;
import com.sun.source.tree.PatternCaseLabelTree;
import com.sun.source.tree.PatternTree;
import com.sun.source.tree.SwitchExpressionTree;
import com.sun.source.tree.SwitchTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.TreeScanner;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import javax.lang.model.element.Modifier;

/// Nothing is swallowed: not an exception, and not the variant that somebody adds to a sealed type.
final class ErrorRules implements HouseRule {
    private static final Set<String> BROAD = Set.of("Exception", "Throwable", "RuntimeException", "Error");

    @Override
    public void check(SourceTree tree, Consumer<Violation> violations) {
        Set<String> variants = variantsOfSealedTypes(tree);
        for (JavaSource source : tree.javaSources()) {
            if (source.isProduction()) {
                scan(source, variants, violations);
            }
        }
    }

    private static void scan(JavaSource source, Set<String> variants, Consumer<Violation> violations) {
        boolean deterministic = DeterministicCode.contains(source.packageName(), source.typeName());
        new TreeScanner<Void, Void>() {
            @Override
            public Void visitCatch(CatchTree node, Void unused) {
                String type = node.getParameter().getType().toString();
                if (node.getBlock().getStatements().isEmpty() && !hasComment(node)) {
                    violations.accept(source.violation(
                            source.firstLine(node),
                            "empty-catch",
                            "catch (" + type + ") does nothing",
                            "handle it, or say in a comment why there is nothing to do"));
                }
                if (deterministic && BROAD.contains(type)) {
                    violations.accept(source.violation(
                            source.firstLine(node),
                            "broad-catch",
                            "catch (" + type + ")",
                            "catch what can happen; a bug of ours reaches the thread's runner and halts the node"));
                }
                return super.visitCatch(node, null);
            }

            private boolean hasComment(CatchTree node) {
                return source.lines().subList(source.firstLine(node) - 1, source.lastLine(node)).stream()
                        .anyMatch(line -> line.contains("//"));
            }

            @Override
            public Void visitSwitch(SwitchTree node, Void unused) {
                checkCases(node.getCases());
                return super.visitSwitch(node, null);
            }

            @Override
            public Void visitSwitchExpression(SwitchExpressionTree node, Void unused) {
                checkCases(node.getCases());
                return super.visitSwitchExpression(node, null);
            }

            private void checkCases(List<? extends CaseTree> cases) {
                if (isOverVariants(cases, variants)) {
                    labels(cases).stream()
                            .filter(label -> label instanceof DefaultCaseLabelTree)
                            .forEach(label -> violations.accept(source.violation(
                                    source.firstLine(label),
                                    "switch-default",
                                    "default in a switch over a sealed type",
                                    "name every variant, so that a new one does not compile until it is handled")));
                }
            }
        }.scan(source.unit(), null);
    }

    private static Set<String> variantsOfSealedTypes(SourceTree tree) {
        var sealedTypes = new HashSet<String>();
        var parents = new HashMap<String, Set<String>>();
        for (JavaSource source : tree.javaSources()) {
            new TreeScanner<Void, Void>() {
                @Override
                public Void visitClass(ClassTree type, Void unused) {
                    String name = type.getSimpleName().toString();
                    if (type.getModifiers().getFlags().contains(Modifier.SEALED)) {
                        sealedTypes.add(name);
                    }
                    for (Tree parent : type.getImplementsClause()) {
                        parents.computeIfAbsent(name, unseen -> new HashSet<>()).add(simpleName(parent));
                    }
                    if (type.getExtendsClause() != null) {
                        parents.computeIfAbsent(name, unseen -> new HashSet<>())
                                .add(simpleName(type.getExtendsClause()));
                    }
                    return super.visitClass(type, null);
                }
            }.scan(source.unit(), null);
        }
        return parents.entrySet().stream()
                .filter(entry -> entry.getValue().stream().anyMatch(sealedTypes::contains))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    private static boolean isOverVariants(List<? extends CaseTree> cases, Set<String> variants) {
        List<String> types = labels(cases).stream()
                .filter(PatternCaseLabelTree.class::isInstance)
                .map(label -> typeOf(((PatternCaseLabelTree) label).getPattern()))
                .toList();
        return !types.isEmpty() && variants.containsAll(types);
    }

    private static String typeOf(PatternTree pattern) {
        return switch (pattern) {
            case BindingPatternTree binding -> simpleName(binding.getVariable().getType());
            case DeconstructionPatternTree record -> simpleName(record.getDeconstructor());
            default -> "";
        };
    }

    private static String simpleName(Tree type) {
        String name = type.toString().replaceFirst("<.*", "");
        return name.substring(name.lastIndexOf('.') + 1);
    }

    private static List<? extends Tree> labels(List<? extends CaseTree> cases) {
        return cases.stream().flatMap(one -> one.getLabels().stream()).toList();
    }
}
