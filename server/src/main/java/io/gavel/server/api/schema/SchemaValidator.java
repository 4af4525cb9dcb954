package io.gavel.server.api.schema;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import io.gavel.server.api.schema.StepLimitedPattern.StepLimitException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/// Checks a config document against its namespace's JSON Schema (rule 32): outside of apply, without remote references,
/// with bounded depth, size and regular expressions. Any thread.
///
/// The document is an object whose values are all strings; a schema's `integer`, `number` and `boolean` accept the text
/// of one, so that `{"type": "integer", "maximum": 10}` means what it says for the value `7`.
public final class SchemaValidator {
    private static final int MAX_DEPTH = 64;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .build())
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final SchemaRegistry REGISTRY = SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12,
            builder -> builder.schemaCacheEnabled(false)
                    .schemaLoader(loader -> loader.fetchRemoteResources(false))
                    .schemaRegistryConfig(SchemaRegistryConfig.builder()
                            .typeLoose(true)
                            .locale(Locale.ROOT)
                            .preloadSchema(true)
                            .regularExpressionFactory(StepLimitedPattern::new)
                            .build()));

    private SchemaValidator() {}

    /// Why the text cannot be the schema of a namespace, or null.
    public static @Nullable String checkSchema(String schema) {
        return check(schema, null);
    }

    /// Why the document may not be released under the schema, or null.
    public static @Nullable String checkDocument(String schema, Map<String, String> document) {
        ObjectNode node = MAPPER.createObjectNode();
        document.forEach(node::put);
        return check(schema, node);
    }

    private static @Nullable String check(String text, @Nullable ObjectNode document) {
        try {
            JsonNode root = MAPPER.readTree(text);
            String problem = root.isObject() ? SchemaShape.problem(root) : "a schema is a JSON object";
            if (problem == null) {
                problem = dialectProblem(root);
            }
            if (problem != null) {
                return problem;
            }
            Schema schema = REGISTRY.getSchema(root);
            schema.initializeValidators();
            return document == null ? null : firstViolation(schema.validate(document));
        } catch (JsonProcessingException malformed) {
            return "the schema is not JSON: " + malformed.getOriginalMessage();
        } catch (SchemaException | PatternSyntaxException | StepLimitException unusable) {
            return "the schema cannot be used: "
                    + String.valueOf(unusable.getMessage()).lines().findFirst().orElse("no reason given");
        }
    }

    private static @Nullable String dialectProblem(JsonNode root) {
        JsonNode dialect = root.path("$schema");
        if (dialect.isMissingNode()
                || SpecificationVersion.fromDialectId(dialect.asText()).isPresent()) {
            return null;
        }
        return "$schema " + dialect.asText() + " is not a known draft of JSON Schema";
    }

    private static @Nullable String firstViolation(List<Error> violations) {
        if (violations.isEmpty()) {
            return null;
        }
        Error first = violations.getFirst();
        String location = first.getInstanceLocation().toString();
        String more = violations.size() == 1 ? "" : " (and " + (violations.size() - 1) + " more)";
        return (location.isEmpty() ? "" : location + ": ") + first.getMessage() + more;
    }
}
