package io.gavel.faults.house;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class HouseRulesTest {
    private static final String CORE = "raft-core/src/main/java/io/gavel/raft/";
    private static final String CORE_TEST = "raft-core/src/test/java/io/gavel/raft/";
    private static final String CLIENT = "client/src/main/java/io/gavel/client/";

    @TempDir
    private Path root;

    @Test
    void theTreeKeepsTheHouseRules() {
        assertThat(HouseRules.check(projectRoot())).isEmpty();
    }

    @Test
    void theTreeIsReadAsAWhole() {
        assertThat(SourceTree.read(projectRoot()).javaSources().stream().map(JavaSource::module))
                .contains("raft-core", "server", "client", "cli", "jepsen-style-tests");
    }

    @Test
    void acceptsCleanCode() throws IOException {
        write(CORE + "package-info.java", "@NullMarked\npackage io.gavel.raft;\n");
        write(CORE + "Term.java", "package io.gavel.raft;\n\n/// A term.\npublic record Term(long value) {}\n");

        assertThat(HouseRules.check(root)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("planted")
    void reportsPlantedViolation(Planted planted) throws IOException {
        Path file = Path.of(planted.file);
        write(directoryOf(file) + "/package-info.java", "@NullMarked\n" + packageOf(file));
        write(planted.file, packageOf(file) + planted.body);

        List<Violation> violations = HouseRules.check(root);

        assertThat(violations).singleElement().satisfies(violation -> {
            assertThat(violation.rule()).isEqualTo(planted.rule);
            assertThat(violation.file()).isEqualTo(file);
            assertThat(violation.line()).isEqualTo(planted.line);
            assertThat(violation.remedy()).isNotBlank();
        });
    }

    @Test
    void reportsPackageWithoutNullMark() throws IOException {
        write(CORE + "Term.java", "package io.gavel.raft;\n\nrecord Term(long value) {}\n");

        assertThat(HouseRules.check(root)).extracting(Violation::rule).containsExactly("null-marked");
    }

    @Test
    void reportsPackageWithTooManyTypes() throws IOException {
        write(CORE + "package-info.java", "@NullMarked\npackage io.gavel.raft;\n");
        for (char letter = 'A'; letter <= 'Y'; letter++) {
            write(CORE + "Room" + letter + ".java", "package io.gavel.raft;\n\nfinal class Room" + letter + " {}\n");
        }

        assertThat(HouseRules.check(root)).extracting(Violation::rule).containsExactly("package-size");
    }

    @Test
    void reportsMachinePathOutsideJava() throws IOException {
        write("docs/BUILD.md", "Build it.\n\nLook in /" + "home/somebody/src.\n");

        assertThat(HouseRules.check(root))
                .extracting(Violation::rule, Violation::line)
                .containsExactly(tuple("machine-path", 3));
    }

    @Test
    void reportsOversizedCore() throws IOException {
        write(CORE + "package-info.java", "@NullMarked\npackage io.gavel.raft;\n");
        for (char letter = 'A'; letter <= 'I'; letter++) {
            write(CORE + "Room" + letter + ".java", "package io.gavel.raft;\n" + "interface X {}\n".repeat(499));
        }

        assertThat(HouseRules.check(root)).extracting(Violation::rule).containsExactly("core-size");
    }

    private static Stream<Planted> planted() {
        return Stream.of(sizes(), names(), determinism(), comments(), errors(), tests())
                .flatMap(List::stream);
    }

    private static List<Planted> sizes() {
        String parameters = "int a, int b, int c, int d, int e, int f, int g, int h";
        return List.of(
                core("file-length", 501, "\nfinal class Long {\n" + "\n".repeat(500) + "}\n"),
                core("line-length", 3, "final class Wide {\n    // " + "x".repeat(120) + "\n}\n"),
                core("method-length", 3, "final class Tall {\n    void tall() {" + "\n".repeat(61) + "    }\n}\n"),
                core("parameter-count", 3, "final class Fat {\n    void fat(" + parameters + ") {}\n}\n"),
                core("complexity", 3, """
                        final class Knot {
                            boolean tie(int a) {
                                return %sa < 9;
                            }
                        }
                        """.formatted("a>0&&".repeat(12))));
    }

    private static List<Planted> names() {
        return List.of(
                core("empty-name", 2, "final class QuorumManager {}\n"),
                core("empty-name", 2, "abstract class AbstractRole {}\n"),
                core("synonym", 3, "final class Vote {\n    long ballot;\n}\n"),
                core("synonym", 2, "record Epoch(long value) {}\n"),
                core("synonym", 3, "final class Progress {\n    long appliedIndex;\n}\n"),
                core("accessor-name", 3, "record Term(long value) {\n    long getValue() { return value; }\n}\n"),
                core("machine-path", 3, "final class Here {\n    String where = \"/" + "home/somebody\";\n}\n"));
    }

    private static List<Planted> determinism() {
        return List.of(
                core("determinism", 3, "final class Now {\n    long now = System.nanoTime();\n}\n"),
                core("determinism", 3, "final class Salt {\n    Object nodes = java.util.Set.of(1, 2);\n}\n"),
                core("determinism", 3, "final class Chance {\n    Object random = new java.util.Random();\n}\n"),
                core("iteration", 6, """
                        final class Tour {
                            final Map<Long, Long> votes = new HashMap<>();

                            long sum() {
                                return votes.values().stream().mapToLong(each -> each).sum();
                            }
                        }
                        """),
                core("iteration", 4, """
                        final class Tour {
                            void tour() {
                                var seen = new HashSet<Long>(); for (long each : seen) { visit(each); }
                            }
                        }
                        """));
    }

    private static List<Planted> comments() {
        return List.of(
                core("promise", 3, "final class Later {\n    // TO" + "DO truncate\n}\n"),
                core("commented-out-code", 3, "final class Dead {\n    // step(event);\n}\n"),
                core("doc-style", 2, "/** Old style. */\npublic final class Styled {}\n"),
                core("doc-missing", 2, "public final class Bare {}\n"),
                core("doc-missing", 4, "/// Documented.\npublic final class Half {\n    public void half() {}\n}\n"),
                new Planted("doc-style", CLIENT + "Markdown.java", 2, "/// New style.\npublic class Markdown {}\n"));
    }

    private static List<Planted> errors() {
        return List.of(core("empty-catch", 4, """
                        final class Mute {
                            void run() {
                                try { step(); } catch (IllegalStateException e) {}
                            }
                        }
                        """), core("broad-catch", 4, """
                        final class Wide {
                            int run() {
                                try { return step(); } catch (RuntimeException e) { return 0; }
                            }
                        }
                        """), core("switch-default", 9, """
                        sealed interface Shape {
                            record Round() implements Shape {}
                            record Square() implements Shape {}

                            static int corners(Shape shape) {
                                return switch (shape) {
                                    case Square square -> 4;
                                    default -> 0;
                                };
                            }
                        }
                        """));
    }

    private static List<Planted> tests() {
        return List.of(
                new Planted("sleep-in-test", CORE_TEST + "NapTest.java", 3, """
                        final class NapTest {
                            void nap() throws InterruptedException { Thread.sleep(5); }
                        }
                        """),
                new Planted("skipped-test", CORE_TEST + "OffTest.java", 2, "@Disabled\nfinal class OffTest {}\n"),
                new Planted(
                        "mock", CORE_TEST + "FakeTest.java", 2, "import org.mockito.Mockito;\nclass FakeTest {}\n"));
    }

    private static Planted core(String rule, int line, String body) {
        return new Planted(rule, CORE + "Planted.java", line, body);
    }

    private static String packageOf(Path file) {
        String dotted = directoryOf(file).replaceFirst(".*/java/", "").replace('/', '.');
        return "package " + dotted + ";\n";
    }

    private static String directoryOf(Path file) {
        return file.resolveSibling("").toString();
    }

    private void write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private static Path projectRoot() {
        Path directory = Path.of("").toAbsolutePath();
        while (!Files.exists(directory.resolve("raft-core/pom.xml"))) {
            directory = directory.resolve("..").normalize();
            assertThat(directory)
                    .as("a directory above this one with raft-core in it")
                    .isNotEqualTo(directory.getRoot());
        }
        return directory;
    }

    record Planted(String rule, String file, int line, String body) {
        @Override
        public String toString() {
            return rule + " in " + Path.of(file).getFileName();
        }
    }
}
