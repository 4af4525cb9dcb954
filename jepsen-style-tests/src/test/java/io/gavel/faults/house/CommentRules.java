package io.gavel.faults.house;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ReturnTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import javax.lang.model.element.Modifier;

/// What is exported is documented; what is dead or promised is not in the tree.
final class CommentRules implements HouseRule {
    /// Modules that an application on JDK 17 embeds: no Markdown doc comments there.
    private static final Set<String> RELEASE_17 = Set.of("protocol", "client");

    /// Packages whose public methods are read by people outside: the core's embedder, the SDK's user. Elsewhere, public
    /// only crosses a package, and the comment of the type suffices.
    private static final Pattern API =
            Pattern.compile("io\\.gavel\\.(raft(\\.quorum|\\.check)?|client(\\.(?!internal)\\w+)*)");

    private static final Pattern PROMISE = Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b");
    private static final Pattern CODE_IN_COMMENT = Pattern.compile("^\\s*//(?!/).*(;|\\{|\\bif \\(.*)\\s*$");
    private static final Pattern AUTHOR = Pattern.compile("@auth" + "or\\b");

    @Override
    public void check(SourceTree tree, Consumer<Violation> violations) {
        for (JavaSource source : tree.javaSources()) {
            checkLines(source, violations);
            if (source.isProduction() && !source.isPackageInfo()) {
                new DocScanner(source, violations).scan(source.unit(), null);
            }
        }
    }

    private static void checkLines(JavaSource source, Consumer<Violation> violations) {
        boolean markdown = !RELEASE_17.contains(source.module());
        for (int i = 0; i < source.lines().size(); i++) {
            String line = source.lines().get(i);
            if (PROMISE.matcher(line).find()) {
                violations.accept(source.violation(i + 1, "promise", line.strip(), "do it now or open an issue"));
            }
            if (CODE_IN_COMMENT.matcher(line).matches()) {
                violations.accept(
                        source.violation(i + 1, "commented-out-code", line.strip(), "delete it, the history keeps it"));
            }
            if (AUTHOR.matcher(line).find()) {
                violations.accept(source.violation(i + 1, "author", line.strip(), "delete it, the history knows"));
            }
            String text = line.strip();
            if (text.startsWith(markdown ? "/**" : "///")) {
                violations.accept(source.violation(
                        i + 1,
                        "doc-style",
                        "'" + text.substring(0, 3) + "' in module " + source.module(),
                        markdown ? "write /// here" : "write /** here, JDK 17 does not know the other form"));
            }
        }
    }

    private static final class DocScanner extends TreePathScanner<Void, Void> {
        private final JavaSource source;
        private final Consumer<Violation> violations;

        DocScanner(JavaSource source, Consumer<Violation> violations) {
            this.source = source;
            this.violations = violations;
        }

        @Override
        public Void visitClass(ClassTree type, Void unused) {
            if (isExported(type)) {
                require(type, type.getSimpleName().toString());
                return super.visitClass(type, null);
            }
            return null;
        }

        @Override
        public Void visitMethod(MethodTree method, Void unused) {
            boolean documented = API.matcher(source.packageName()).matches();
            if (documented && isExported(method) && !saysItself(method) && !isOnlyMethod()) {
                require(method, method.getName() + "()");
            }
            return null;
        }

        private void require(Tree tree, String name) {
            if (!source.hasDocComment(getCurrentPath())) {
                violations.accept(source.violation(
                        source.firstLine(tree),
                        "doc-missing",
                        name + " is exported without a doc comment",
                        "say in one sentence what it is; then units, limits, errors, threading"));
            }
        }

        private boolean isExported(MethodTree method) {
            Set<Modifier> flags = method.getModifiers().getFlags();
            return flags.contains(Modifier.PUBLIC) || (inInterface() && !flags.contains(Modifier.PRIVATE));
        }

        /// Constructors, overriders, accessors, and queries of one expression: a sentence would repeat the name.
        private static boolean saysItself(MethodTree method) {
            return method.getName().contentEquals("<init>")
                    || JavaSource.isOverride(method)
                    || (JavaSource.returnsValue(method)
                            && (method.getParameters().isEmpty() || isOneReturn(method)));
        }

        private static boolean isOneReturn(MethodTree method) {
            return method.getBody() != null
                    && method.getBody().getStatements().size() == 1
                    && method.getBody().getStatements().getFirst() instanceof ReturnTree;
        }

        /// What the only method of an interface does stands on the interface.
        private boolean isOnlyMethod() {
            return inInterface()
                    && getCurrentPath().getParentPath().getLeaf() instanceof ClassTree type
                    && type.getMembers().size() == 1;
        }

        private boolean isExported(ClassTree type) {
            return type.getModifiers().getFlags().contains(Modifier.PUBLIC) || inInterface();
        }

        private boolean inInterface() {
            TreePath parent = getCurrentPath().getParentPath();
            return parent != null && parent.getLeaf().getKind() == Tree.Kind.INTERFACE;
        }
    }
}
