package io.gavel.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class ServerArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter().importPath(Path.of("target", "classes"));

    @Test
    void packagesFormNoCycle() {
        slices().matching("io.gavel.server.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void wiringStandsOnTop() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.gavel.server")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.gavel.server")
                .check(CLASSES);
    }

    @Test
    void agentStandsAtTheBottom() {
        classes()
                .that()
                .resideInAPackage("io.gavel.server.agent..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.gavel.server.agent..",
                        "io.gavel.raft.check",
                        "java..",
                        "org.jctools..",
                        "org.slf4j..",
                        "org.jspecify.annotations")
                .check(CLASSES);
    }

    @Test
    void dependsOnNeitherClientNorCommandLine() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.gavel.client..", "io.gavel.cli..", "picocli..")
                .check(CLASSES);
    }
}
