package io.gavel.client;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class ClientArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter().importPath(Path.of("target", "classes"));

    @Test
    void dependsOnTheProtocolAndGrpcOnly() {
        classes()
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.gavel.client..",
                        "io.gavel.protocol..",
                        "io.grpc..",
                        "com.google.protobuf..",
                        "com.google.common.util.concurrent..",
                        "java..",
                        "javax.net.ssl..",
                        "org.jspecify.annotations")
                .check(CLASSES);
    }
}
