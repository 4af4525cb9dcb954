package io.gavel.raft;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

final class RaftArchitectureTest {
    private static final Path PRODUCTION = Path.of("target", "classes");

    private static final JavaClasses CLASSES = new ClassFileImporter().importPath(PRODUCTION);

    @Test
    void dependsOnJavaBaseOnly() throws Exception {
        Path annotations = Path.of(NullMarked.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        var out = new StringWriter();
        var errors = new StringWriter();

        int status = ToolProvider.findFirst("jdeps")
                .orElseThrow()
                .run(
                        new PrintWriter(out),
                        new PrintWriter(errors),
                        "--multi-release",
                        "base",
                        "--class-path",
                        annotations.toString(),
                        "--print-module-deps",
                        PRODUCTION.toString());

        assertThat(errors.toString()).isEmpty();
        assertThat(out.toString().strip()).isEqualTo("java.base");
        assertThat(status).isZero();
    }

    @Test
    void usesNoLibrary() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("io.gavel.raft..", "java..", "org.jspecify.annotations")
                .check(CLASSES);
    }

    @Test
    void pointsFromRolesDownToChecks() {
        layeredArchitecture()
                .consideringOnlyDependenciesInAnyPackage("io.gavel.raft..")
                .withOptionalLayers(true)
                .layer("raft")
                .definedBy("io.gavel.raft")
                .layer("log")
                .definedBy("io.gavel.raft.log")
                .layer("progress")
                .definedBy("io.gavel.raft.progress")
                .layer("quorum")
                .definedBy("io.gavel.raft.quorum")
                .layer("check")
                .definedBy("io.gavel.raft.check")
                .whereLayer("raft")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("log")
                .mayOnlyBeAccessedByLayers("raft")
                .whereLayer("progress")
                .mayOnlyBeAccessedByLayers("raft")
                .whereLayer("quorum")
                .mayOnlyBeAccessedByLayers("raft", "progress")
                .whereLayer("check")
                .mayOnlyBeAccessedByLayers("raft", "log", "progress", "quorum")
                .ensureAllClassesAreContainedInArchitecture()
                .check(CLASSES);
    }

    @Test
    void ownsNoThreadFileOrSocket() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                                "java.net..", "java.nio.file..", "java.nio.channels..", "java.util.concurrent..")
                        .or(type(Thread.class))
                        .and(not(type(TimeUnit.class))))
                .orShould()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .check(CLASSES);
    }
}
