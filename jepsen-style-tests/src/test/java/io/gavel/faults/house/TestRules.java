package io.gavel.faults.house;

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.ImportTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.util.TreeScanner;
import java.util.Set;
import java.util.function.Consumer;

/// A test waits for an event, runs always, and talks to the real thing or to a simulation of it.
final class TestRules implements HouseRule {
    private static final Set<String> SLEEPERS = Set.of(
            "Thread.sleep",
            "TimeUnit.SECONDS.sleep",
            "TimeUnit.MILLISECONDS.sleep",
            "TimeUnit.MICROSECONDS.sleep",
            "TimeUnit.NANOSECONDS.sleep",
            "SECONDS.sleep",
            "MILLISECONDS.sleep",
            "LockSupport.parkNanos");

    @Override
    public void check(SourceTree tree, Consumer<Violation> violations) {
        for (JavaSource source : tree.javaSources()) {
            if (source.isTest()) {
                scan(source, violations);
            }
        }
    }

    private static void scan(JavaSource source, Consumer<Violation> violations) {
        new TreeScanner<Void, Void>() {
            @Override
            public Void visitMethodInvocation(MethodInvocationTree call, Void unused) {
                if (call.getMethodSelect() instanceof MemberSelectTree select && SLEEPERS.contains(select.toString())) {
                    violations.accept(source.violation(
                            source.firstLine(call),
                            "sleep-in-test",
                            select.toString(),
                            "await the event with Awaitility, or move virtual time"));
                }
                return super.visitMethodInvocation(call, null);
            }

            @Override
            public Void visitAnnotation(AnnotationTree annotation, Void unused) {
                String name = annotation.getAnnotationType().toString();
                if (name.substring(name.lastIndexOf('.') + 1).startsWith("Disabled")) {
                    violations.accept(source.violation(
                            source.firstLine(annotation), "skipped-test", "@" + name, "mend the test or delete it"));
                }
                return super.visitAnnotation(annotation, null);
            }

            @Override
            public Void visitImport(ImportTree statement, Void unused) {
                String name = statement.getQualifiedIdentifier().toString();
                if (name.startsWith("org.junit.jupiter.api.Assumptions")) {
                    violations.accept(source.violation(
                            source.firstLine(statement),
                            "skipped-test",
                            "import " + name,
                            "make the test run everywhere, or fail and say what is missing"));
                }
                if (name.startsWith("org.mockito") || name.startsWith("org.easymock")) {
                    violations.accept(source.violation(
                            source.firstLine(statement),
                            "mock",
                            "import " + name,
                            "write a SimX that behaves like the real thing, and test it"));
                }
                return super.visitImport(statement, null);
            }
        }.scan(source.unit(), null);
    }
}
