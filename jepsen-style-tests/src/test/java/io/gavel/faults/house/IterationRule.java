package io.gavel.faults.house;

import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.EnhancedForLoopTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreeScanner;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Code that the simulator runs looks up in hash tables and never goes through one: their order is an accident.
final class IterationRule implements HouseRule {
    private static final Set<String> VISITS = Set.of(
            "entrySet", "forEach", "iterator", "keySet", "removeIf", "replaceAll", "stream", "toArray", "values");

    @Override
    public void check(SourceTree tree, Consumer<Violation> violations) {
        for (JavaSource source : tree.javaSources()) {
            if (source.isProduction() && DeterministicCode.contains(source.packageName(), source.typeName())) {
                Set<String> unordered = unorderedVariables(source);
                if (!unordered.isEmpty()) {
                    reportVisits(source, unordered, violations);
                }
            }
        }
    }

    /// Names of the fields and variables of this file that are given a hash table.
    private static Set<String> unorderedVariables(JavaSource source) {
        var names = new HashSet<String>();
        new TreeScanner<Void, Void>() {
            @Override
            public Void visitVariable(VariableTree variable, Void unused) {
                if (isUnordered(variable.getInitializer())) {
                    names.add(variable.getName().toString());
                }
                return super.visitVariable(variable, null);
            }

            @Override
            public Void visitAssignment(AssignmentTree assignment, Void unused) {
                if (isUnordered(assignment.getExpression())) {
                    names.add(JavaSource.simpleName(assignment.getVariable()));
                }
                return super.visitAssignment(assignment, null);
            }
        }.scan(source.unit(), null);
        return names;
    }

    private static boolean isUnordered(@Nullable ExpressionTree value) {
        return value instanceof NewClassTree creation
                && DeterministicCode.UNORDERED.contains(JavaSource.simpleName(creation.getIdentifier()));
    }

    private static void reportVisits(JavaSource source, Set<String> unordered, Consumer<Violation> violations) {
        new TreeScanner<Void, Void>() {
            @Override
            public Void visitEnhancedForLoop(EnhancedForLoopTree loop, Void unused) {
                report(loop, loop.getExpression());
                return super.visitEnhancedForLoop(loop, null);
            }

            @Override
            public Void visitMethodInvocation(MethodInvocationTree call, Void unused) {
                if (call.getMethodSelect() instanceof MemberSelectTree select) {
                    if (VISITS.contains(select.getIdentifier().toString())) {
                        report(call, select.getExpression());
                    }
                    if (select.getIdentifier().contentEquals("copyOf")) {
                        reportAll(call, call.getArguments());
                    }
                }
                return super.visitMethodInvocation(call, null);
            }

            @Override
            public Void visitNewClass(NewClassTree creation, Void unused) {
                if (!isSorted(creation)) {
                    reportAll(creation, creation.getArguments());
                }
                return super.visitNewClass(creation, null);
            }

            private void reportAll(Tree where, List<? extends ExpressionTree> arguments) {
                arguments.forEach(argument -> report(where, argument));
            }

            private void report(Tree where, ExpressionTree visited) {
                String name = JavaSource.simpleName(visited);
                if ((visited instanceof IdentifierTree || visited instanceof MemberSelectTree)
                        && unordered.contains(name)) {
                    violations.accept(source.violation(
                            source.firstLine(where),
                            "iteration",
                            "goes through the hash table '" + name + "'",
                            "make it a TreeMap, LinkedHashMap or list"));
                }
            }
        }.scan(source.unit(), null);
    }

    private static boolean isSorted(NewClassTree creation) {
        return JavaSource.simpleName(creation.getIdentifier()).startsWith("Tree");
    }
}
