package io.gavel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The published schemas of what commands print.
final class CliSchemas {
    static final Path DIRECTORY = Path.of("..", "docs", "reference", "cli");

    private static final JsonMapper MAPPER = new JsonMapper();
    private static final SchemaRegistry REGISTRY =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    private CliSchemas() {}

    /// The text as JSON, which the schema of this name must allow.
    static JsonNode checked(String schemaName, String text) {
        try {
            JsonNode document = MAPPER.readTree(text);
            Schema schema =
                    REGISTRY.getSchema(MAPPER.readTree(Files.readString(DIRECTORY.resolve(schemaName + ".json"))));
            assertThat(schema.validate(document)).as(schemaName + ": " + text).isEmpty();
            return document;
        } catch (IOException e) {
            throw new UncheckedIOException(schemaName + ": " + text, e);
        }
    }
}
