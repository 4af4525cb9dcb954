package io.gavel.faults.house;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnitAccess;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Random;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/// What {@link DeterminismRule} finds by name, found by type: also behind a method reference or a static import.
final class DeterminismTest {
    @Test
    void simulatedCodeCallsNothingThatDiffersFromRunToRun() {
        JavaClasses production = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("io.gavel.raft", "io.gavel.server", "io.gavel.client");

        classes().that(runInTheSimulator()).should(callNothingBanned()).check(production);
    }

    @Test
    void seesMethodReferencesAndConstructors() {
        JavaClasses planted = new ClassFileImporter().importClasses(Planted.class);

        var result = classes().should(callNothingBanned()).evaluate(planted);

        assertThat(result.getFailureReport().getDetails()).hasSize(2);
    }

    private static DescribedPredicate<JavaClass> runInTheSimulator() {
        return DescribedPredicate.describe(
                "run in the simulator",
                type -> DeterministicCode.contains(
                        type.getPackageName(), outermost(type).getSimpleName()));
    }

    private static JavaClass outermost(JavaClass type) {
        JavaClass outer = type;
        while (outer.getEnclosingClass().isPresent()) {
            outer = outer.getEnclosingClass().get();
        }
        return outer;
    }

    private static ArchCondition<JavaClass> callNothingBanned() {
        return new ArchCondition<>("call nothing that differs from run to run") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (JavaCodeUnitAccess<?> access : type.getCodeUnitAccessesFromSelf()) {
                    for (DeterministicCode.BannedCall banned : DeterministicCode.BANNED_CALLS) {
                        if (matches(banned, access)) {
                            events.add(SimpleConditionEvent.violated(
                                    type, access.getDescription() + ": " + banned.remedy()));
                        }
                    }
                }
            }
        };
    }

    private static boolean matches(DeterministicCode.BannedCall banned, JavaCodeUnitAccess<?> access) {
        return access.getTargetOwner().getFullName().equals(banned.owner())
                && access.getTarget().getName().equals(banned.method())
                && banned.bans(access.getTarget().getRawParameterTypes().size());
    }

    static final class Planted {
        static LongSupplier clock() {
            return System::nanoTime;
        }

        static RandomGenerator random() {
            return new Random();
        }
    }
}
