package io.gavel.faults.house;

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ParameterizedTypeTree;
import com.sun.source.tree.PrimitiveTypeTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.TreePath;
import com.sun.source.util.Trees;
import java.nio.file.Path;
import java.util.List;
import javax.lang.model.type.TypeKind;

/// One parsed Java file, and where in the tree it stands.
final class JavaSource {
    private final SourceTree.TextFile file;
    private final CompilationUnitTree unit;
    private final Trees trees;

    JavaSource(SourceTree.TextFile file, CompilationUnitTree unit, Trees trees) {
        this.file = file;
        this.unit = unit;
        this.trees = trees;
    }

    Path path() {
        return file.path();
    }

    List<String> lines() {
        return file.lines();
    }

    CompilationUnitTree unit() {
        return unit;
    }

    String packageName() {
        return unit.getPackageName() == null ? "" : unit.getPackageName().toString();
    }

    /// The name of the file without its suffix, which is that of its main type.
    String typeName() {
        String name = file.path().getFileName().toString();
        return name.substring(0, name.length() - ".java".length());
    }

    boolean isPackageInfo() {
        return typeName().equals("package-info");
    }

    String module() {
        return file.path().getName(0).toString();
    }

    boolean isTest() {
        return file.path().toString().contains("src/test/");
    }

    boolean isProduction() {
        return file.path().toString().contains("src/main/");
    }

    boolean hasDocComment(TreePath element) {
        return trees.getDocComment(element) != null;
    }

    int firstLine(Tree tree) {
        return line(trees.getSourcePositions().getStartPosition(unit, tree));
    }

    int lastLine(Tree tree) {
        return line(trees.getSourcePositions().getEndPosition(unit, tree));
    }

    Violation violation(int line, String rule, String found, String remedy) {
        return new Violation(file.path(), line, rule, found, remedy);
    }

    static boolean isOverride(MethodTree method) {
        for (AnnotationTree annotation : method.getModifiers().getAnnotations()) {
            if (annotation.getAnnotationType().toString().equals("Override")) {
                return true;
            }
        }
        return false;
    }

    static boolean returnsValue(MethodTree method) {
        return method.getReturnType() != null
                && !(method.getReturnType() instanceof PrimitiveTypeTree primitive
                        && primitive.getPrimitiveTypeKind() == TypeKind.VOID);
    }

    /// The last name in an expression or type: `List` of `java.util.List<T>`, `log` of `this.log`; else nothing.
    static String simpleName(Tree expression) {
        return switch (expression) {
            case IdentifierTree identifier -> identifier.getName().toString();
            case MemberSelectTree select -> select.getIdentifier().toString();
            case ParameterizedTypeTree type -> simpleName(type.getType());
            default -> "";
        };
    }

    private int line(long position) {
        return position < 0 ? 1 : (int) unit.getLineMap().getLineNumber(position);
    }
}
