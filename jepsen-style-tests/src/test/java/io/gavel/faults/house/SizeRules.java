package io.gavel.faults.house;

import com.sun.source.tree.BinaryTree;
import com.sun.source.tree.CatchTree;
import com.sun.source.tree.ConditionalExpressionTree;
import com.sun.source.tree.DoWhileLoopTree;
import com.sun.source.tree.EnhancedForLoopTree;
import com.sun.source.tree.ForLoopTree;
import com.sun.source.tree.IfTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.WhileLoopTree;
import com.sun.source.util.TreeScanner;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/// Rooms stay small: a reader holds a file, a method and a package in the head.
final class SizeRules implements HouseRule {
    private static final int PRODUCTION_FILE_LINES = 500;
    private static final int TEST_FILE_LINES = 800;
    private static final int METHOD_LINES = 60;
    private static final int PARAMETERS = 7;
    private static final int LINE_CHARACTERS = 120;
    private static final int BRANCHES = 12;
    private static final int PACKAGE_TYPES = 24;
    private static final int CORE_CODE_LINES = 4_000;

    @Override
    public void check(SourceTree tree, Consumer<Violation> violations) {
        var typesByPackage = new TreeMap<String, Integer>();
        int coreLines = 0;
        for (JavaSource source : tree.javaSources()) {
            checkFile(source, violations);
            checkMethods(source, violations);
            if (source.isProduction() && source.module().equals("raft-core")) {
                int before = coreLines;
                coreLines += codeLines(source);
                if (before <= CORE_CODE_LINES && coreLines > CORE_CODE_LINES) {
                    violations.accept(source.violation(
                            1,
                            "core-size",
                            "raft-core passes " + CORE_CODE_LINES + " lines of code with this file",
                            "find what the core does not need to know"));
                }
            }
            if (!source.isPackageInfo()) {
                checkPackage(source, typesByPackage, violations);
            }
        }
    }

    private static int codeLines(JavaSource source) {
        return (int) source.lines().stream()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("//"))
                .count();
    }

    private static void checkFile(JavaSource source, Consumer<Violation> violations) {
        int limit = source.isTest() ? TEST_FILE_LINES : PRODUCTION_FILE_LINES;
        if (source.lines().size() > limit) {
            violations.accept(source.violation(
                    limit + 1,
                    "file-length",
                    source.lines().size() + " lines, the limit is " + limit,
                    "give a part with a name of its own a file of its own"));
        }
        for (int i = 0; i < source.lines().size(); i++) {
            String line = source.lines().get(i);
            if (line.length() > LINE_CHARACTERS && !line.startsWith("import ") && !line.contains("://")) {
                violations.accept(source.violation(
                        i + 1, "line-length", line.length() + " characters", "break the line at " + LINE_CHARACTERS));
            }
        }
    }

    private static void checkPackage(
            JavaSource source, Map<String, Integer> typesByPackage, Consumer<Violation> violations) {
        String room = source.path().getParent() + (source.isTest() ? " (test)" : "");
        if (typesByPackage.merge(room, 1, Integer::sum) == PACKAGE_TYPES + 1) {
            violations.accept(source.violation(
                    1,
                    "package-size",
                    source.packageName() + " has more than " + PACKAGE_TYPES + " types",
                    "split the package by question"));
        }
    }

    private static void checkMethods(JavaSource source, Consumer<Violation> violations) {
        new TreeScanner<Void, Void>() {
            @Override
            public Void visitMethod(MethodTree method, Void unused) {
                checkMethod(source, method, violations);
                return super.visitMethod(method, null);
            }
        }.scan(source.unit(), null);
    }

    private static void checkMethod(JavaSource source, MethodTree method, Consumer<Violation> violations) {
        int first = source.firstLine(method);
        int lines = source.lastLine(method) - first + 1;
        if (lines > METHOD_LINES) {
            violations.accept(source.violation(
                    first,
                    "method-length",
                    method.getName() + " has " + lines + " lines, the limit is " + METHOD_LINES,
                    "extract a step that has a name"));
        }
        int parameters = method.getParameters().size();
        if (parameters > PARAMETERS) {
            violations.accept(source.violation(
                    first,
                    "parameter-count",
                    method.getName() + " takes " + parameters + " parameters, the limit is " + PARAMETERS,
                    "group what belongs together in a record"));
        }
        int branches = branches(method);
        if (branches > BRANCHES) {
            violations.accept(source.violation(
                    first,
                    "complexity",
                    method.getName() + " has " + branches + " branches, the limit is " + BRANCHES,
                    "extract a decision that has a name"));
        }
    }

    /// Cyclomatic complexity, except that a switch counts nothing: an exhaustive switch over a sealed type is a table.
    private static int branches(MethodTree method) {
        int[] count = {1};
        new TreeScanner<Void, Void>() {
            @Override
            public Void visitIf(IfTree node, Void unused) {
                count[0]++;
                return super.visitIf(node, null);
            }

            @Override
            public Void visitForLoop(ForLoopTree node, Void unused) {
                count[0]++;
                return super.visitForLoop(node, null);
            }

            @Override
            public Void visitEnhancedForLoop(EnhancedForLoopTree node, Void unused) {
                count[0]++;
                return super.visitEnhancedForLoop(node, null);
            }

            @Override
            public Void visitWhileLoop(WhileLoopTree node, Void unused) {
                count[0]++;
                return super.visitWhileLoop(node, null);
            }

            @Override
            public Void visitDoWhileLoop(DoWhileLoopTree node, Void unused) {
                count[0]++;
                return super.visitDoWhileLoop(node, null);
            }

            @Override
            public Void visitConditionalExpression(ConditionalExpressionTree node, Void unused) {
                count[0]++;
                return super.visitConditionalExpression(node, null);
            }

            @Override
            public Void visitCatch(CatchTree node, Void unused) {
                count[0]++;
                return super.visitCatch(node, null);
            }

            @Override
            public Void visitBinary(BinaryTree node, Void unused) {
                if (node.getKind() == Tree.Kind.CONDITIONAL_AND || node.getKind() == Tree.Kind.CONDITIONAL_OR) {
                    count[0]++;
                }
                return super.visitBinary(node, null);
            }
        }.scan(method, null);
        return count[0];
    }
}
