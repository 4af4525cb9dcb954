package io.gavel.faults.house;

import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.TreeScanner;
import java.util.function.Consumer;

/// Code that the simulator runs is a function of its inputs. Finds calls by name; {@link DeterminismTest} finds by type
/// what hides behind a static import or a method reference.
final class DeterminismRule implements HouseRule {
    @Override
    public void check(SourceTree tree, Consumer<Violation> violations) {
        for (JavaSource source : tree.javaSources()) {
            if (source.isProduction() && DeterministicCode.contains(source.packageName(), source.typeName())) {
                scan(source, violations);
            }
        }
    }

    private static void scan(JavaSource source, Consumer<Violation> violations) {
        new TreeScanner<Void, Void>() {
            @Override
            public Void visitMethodInvocation(MethodInvocationTree call, Void unused) {
                if (call.getMethodSelect() instanceof MemberSelectTree select) {
                    report(
                            call,
                            JavaSource.simpleName(select.getExpression()),
                            select.getIdentifier().toString(),
                            call.getArguments().size());
                }
                return super.visitMethodInvocation(call, null);
            }

            @Override
            public Void visitNewClass(NewClassTree creation, Void unused) {
                report(
                        creation,
                        JavaSource.simpleName(creation.getIdentifier()),
                        "<init>",
                        creation.getArguments().size());
                return super.visitNewClass(creation, null);
            }

            private void report(Tree where, String owner, String method, int arguments) {
                for (DeterministicCode.BannedCall banned : DeterministicCode.BANNED_CALLS) {
                    if (banned.simpleOwner().equals(owner)
                            && banned.method().equals(method)
                            && banned.bans(arguments)) {
                        violations.accept(source.violation(
                                source.firstLine(where), "determinism", owner + "." + method, banned.remedy()));
                    }
                }
            }
        }.scan(source.unit(), null);
    }
}
