package io.gavel.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

final class CliArchitectureTest {
    @Test
    void onlyTheCommandLineUsesPicocli() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("picocli..")
                .check(new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages("io.gavel.raft", "io.gavel.server", "io.gavel.client"));
    }
}
