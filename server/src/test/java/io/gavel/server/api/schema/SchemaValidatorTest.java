package io.gavel.server.api.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SchemaValidatorTest {
    private static final String LIMITS = """
            {"type": "object",
             "properties": {
               "max": {"type": "integer", "minimum": 1, "maximum": 100},
               "mode": {"enum": ["fast", "safe"]},
               "on": {"type": "boolean"},
               "name": {"type": "string", "pattern": "^[a-z]+$"}},
             "required": ["max"], "additionalProperties": false}""";

    @Test
    void readsNumbersAndBooleansFromTheTextOfAValue() {
        assertThat(SchemaValidator.checkDocument(
                        LIMITS, Map.of("max", "7", "mode", "fast", "on", "true", "name", "abc")))
                .isNull();
    }

    @Test
    void saysWhereADocumentBreaksItsSchema() {
        assertThat(SchemaValidator.checkDocument(LIMITS, Map.of("max", "101"))).contains("/max");
        assertThat(SchemaValidator.checkDocument(LIMITS, Map.of("max", "many"))).contains("/max");
        assertThat(SchemaValidator.checkDocument(LIMITS, Map.of("max", "1", "mode", "slow")))
                .contains("/mode");
        assertThat(SchemaValidator.checkDocument(LIMITS, Map.of("max", "1", "on", "maybe")))
                .contains("/on");
        assertThat(SchemaValidator.checkDocument(LIMITS, Map.of("max", "1", "name", "A")))
                .contains("/name");
        assertThat(SchemaValidator.checkDocument(LIMITS, Map.of("mode", "fast")))
                .contains("max");
        assertThat(SchemaValidator.checkDocument(LIMITS, Map.of("max", "1", "other", "x")))
                .contains("other");
    }

    @Test
    void refusesWhatIsNotASchema() {
        assertThat(SchemaValidator.checkSchema("{")).contains("not JSON");
        assertThat(SchemaValidator.checkSchema("[]")).contains("object");
        assertThat(SchemaValidator.checkSchema("{\"a\":1,\"a\":2}")).contains("not JSON");
        assertThat(SchemaValidator.checkSchema("{} {}")).contains("not JSON");
        assertThat(SchemaValidator.checkSchema("{\"$schema\":\"https://example.com/draft\"}"))
                .contains("draft");
        assertThat(SchemaValidator.checkSchema("{\"properties\":{\"a\":{\"pattern\":\"(\"}}}"))
                .isNotNull();
        assertThat(SchemaValidator.checkSchema("{\"type\":\"objekt\"}")).contains("objekt");
        assertThat(SchemaValidator.checkSchema("{\"properties\":{\"a\":{\"type\":[\"string\",\"nil\"]}}}"))
                .contains("nil");
        assertThat(SchemaValidator.checkSchema("{\"properties\":{\"type\":{\"type\":[\"string\",\"null\"]}}}"))
                .isNull();
        assertThat(SchemaValidator.checkSchema(LIMITS)).isNull();
    }

    @Test
    void staysInsideTheSchema() {
        assertThat(SchemaValidator.checkSchema("{\"$ref\":\"http://127.0.0.1:1/s.json\"}"))
                .contains("leaves the schema");
        assertThat(SchemaValidator.checkSchema("{\"$ref\":\"file:///etc/passwd\"}"))
                .contains("leaves the schema");
        assertThat(SchemaValidator.checkSchema("{\"$ref\":\"classpath:x.json\"}"))
                .contains("leaves the schema");
        assertThat(SchemaValidator.checkSchema("{\"$ref\":\"#/$defs/none\"}")).contains("nowhere");
        assertThat(SchemaValidator.checkSchema("{\"properties\":{\"a\":{\"$id\":\"http://x/y\"}}}"))
                .contains("$id");
        String local = "{\"properties\":{\"a\":{\"$ref\":\"#/$defs/n\"}},\"$defs\":{\"n\":{\"type\":\"integer\"}}}";
        assertThat(SchemaValidator.checkDocument(local, Map.of("a", "1"))).isNull();
        assertThat(SchemaValidator.checkDocument(local, Map.of("a", "x"))).contains("/a");
    }

    @Test
    void boundsWhatACheckCanCost() {
        assertThat(SchemaValidator.checkSchema("{\"$ref\":\"#\"}")).contains("cycle");
        assertThat(SchemaValidator.checkSchema("{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"$ref\":\"#/$defs/b\"},"
                        + "\"b\":{\"$ref\":\"#/$defs/a\"}}}"))
                .contains("cycle");
        StringBuilder doubling = new StringBuilder("{\"$ref\":\"#/$defs/d0\",\"$defs\":{");
        for (int i = 0; i < 40; i++) {
            String next = "{\"$ref\":\"#/$defs/d" + (i + 1) + "\"}";
            doubling.append("\"d" + i + "\":{\"allOf\":[" + next + "," + next + "]},");
        }
        doubling.append("\"d40\":{}}}");
        assertThat(SchemaValidator.checkSchema(doubling.toString())).contains("expands to");
        assertThat(SchemaValidator.checkSchema("{\"not\":".repeat(100) + "{}" + "}".repeat(100)))
                .contains("not JSON");
    }

    @Test
    void givesUpOnAPatternThatBacktracks() {
        String evil = "{\"properties\":{\"a\":{\"pattern\":\"^(.*a){25}$\"}}}";

        String problem = assertTimeoutPreemptively(
                Duration.ofSeconds(20), () -> SchemaValidator.checkDocument(evil, Map.of("a", "a".repeat(24) + "b")));

        assertThat(problem).contains("takes too long");
    }
}
