package io.gavel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.gavel.client.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class CliReferenceTest {
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `([^`]+)` \\|");
    private static final Pattern LINK = Pattern.compile("\\(([a-z-]+)\\.json\\)");

    private final String readme = read(CliSchemas.DIRECTORY.resolve("README.md"));

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Set<String> found(Pattern pattern, String text) {
        Set<String> found = new TreeSet<>();
        pattern.matcher(text).results().forEach(match -> found.add(match.group(1)));
        return found;
    }

    @Test
    void everyErrorCodeOfTheSdkStandsInTheList() {
        String errors = read(CliSchemas.DIRECTORY.resolveSibling("errors.md"));
        for (ErrorCode code : ErrorCode.values()) {
            assertThat(errors).contains("`" + code + "`");
        }
    }

    @Test
    void namesEveryCommandAndNoOther() {
        Set<String> commands = new TreeSet<>();
        CommandLineTest.leaves()
                .filter(path -> !isHidden(path.getFirst()))
                .forEach(path -> commands.add(String.join(" ", path)));

        assertThat(found(ROW, readme)).isEqualTo(commands);
    }

    /// For the build, not for users.
    private static boolean isHidden(String command) {
        return Objects.requireNonNull(Invocation.tree().getSubcommands().get(command))
                .getCommandSpec()
                .usageMessage()
                .hidden();
    }

    @Test
    void linksEverySchemaAndNoOther() throws IOException {
        Set<String> files = new TreeSet<>();
        try (Stream<Path> listed = Files.list(CliSchemas.DIRECTORY)) {
            listed.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".json"))
                    .forEach(name -> files.add(name.substring(0, name.length() - ".json".length())));
        }

        assertThat(found(LINK, readme)).isEqualTo(files);
    }

    @Test
    void everyObjectOfEverySchemaIsClosedAndComplete() throws IOException {
        for (String name : found(LINK, readme)) {
            JsonNode schema = new JsonMapper().readTree(read(CliSchemas.DIRECTORY.resolve(name + ".json")));
            assertThat(schema.path("title").asText()).isEqualTo(name);
            for (JsonNode object : schema.findParents("properties")) {
                List<String> fields = object.path("properties")
                        .propertyStream()
                        .map(java.util.Map.Entry::getKey)
                        .toList();
                assertThat(object.path("additionalProperties").asBoolean(true))
                        .as(name)
                        .isFalse();
                assertThat(object.path("required").valueStream().map(JsonNode::asText))
                        .as(name)
                        .containsExactlyElementsOf(fields);
            }
        }
    }
}
