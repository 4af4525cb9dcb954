package io.gavel.server.api.schema;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/// Bounds what checking a document can cost, before it is tried: references stay inside the schema, form no cycle, and
/// the schema with every reference expanded stays small. A config document is one flat object, so a recursive schema
/// says nothing that a plain one cannot.
final class SchemaShape {
    static final int EXPANDED_LIMIT = 10_000;

    private static final List<String> TYPES =
            List.of("array", "boolean", "integer", "null", "number", "object", "string");

    private static final Set<String> REFUSED_KEYWORDS =
            Set.of("$dynamicRef", "$recursiveRef", "$anchor", "$dynamicAnchor");

    private final JsonNode root;
    private final IdentityHashMap<JsonNode, Long> sizes = new IdentityHashMap<>();
    private final Set<String> open = new HashSet<>();
    private @Nullable String problem;

    private SchemaShape(JsonNode root) {
        this.root = root;
    }

    /// What is wrong with the schema's shape, or null.
    static @Nullable String problem(JsonNode root) {
        SchemaShape shape = new SchemaShape(root);
        long size = shape.expandedSize(root, true);
        if (shape.problem == null && size > EXPANDED_LIMIT) {
            return "the schema expands to " + size + " parts, at most " + EXPANDED_LIMIT + " are allowed";
        }
        return shape.problem;
    }

    private long expandedSize(JsonNode node) {
        return expandedSize(node, false);
    }

    private long expandedSize(JsonNode node, boolean atRoot) {
        Long known = sizes.get(node);
        if (known != null || problem != null) {
            return known == null ? 0 : known;
        }
        long size = 1;
        for (Map.Entry<String, JsonNode> property : node.properties()) {
            size = saturatedSum(size, keywordSize(property.getKey(), property.getValue(), atRoot));
        }
        if (node.isArray()) {
            for (JsonNode element : node) {
                size = saturatedSum(size, expandedSize(element));
            }
        }
        sizes.put(node, size);
        return size;
    }

    private long keywordSize(String keyword, JsonNode value, boolean atRoot) {
        if (REFUSED_KEYWORDS.contains(keyword) || (keyword.equals("$id") && !atRoot)) {
            problem = keyword + " is not supported in a config schema";
            return 0;
        }
        if (keyword.equals("pattern") && value.isTextual()) {
            checkPattern(value.asText());
            return 0;
        }
        if (keyword.equals("type") && !isType(value)) {
            problem = "type " + value + " is not one of " + TYPES;
            return 0;
        }
        return keyword.equals("$ref") && value.isTextual() ? referencedSize(value.asText()) : expandedSize(value);
    }

    /// An unknown type would be noticed only when something is released. An object is a property of that name.
    private static boolean isType(JsonNode value) {
        if (value.isArray()) {
            return value.valueStream().allMatch(SchemaShape::isType);
        }
        return value.isObject() || TYPES.contains(value.asText());
    }

    private void checkPattern(String regex) {
        try {
            Pattern.compile(regex);
        } catch (PatternSyntaxException malformed) {
            problem = "the pattern " + regex + " is malformed: " + malformed.getDescription();
        }
    }

    private long referencedSize(String reference) {
        if (!reference.equals("#") && !reference.startsWith("#/")) {
            problem = "$ref " + reference + " leaves the schema; only #/… is allowed";
            return 0;
        }
        JsonNode target = root.at(JsonPointer.compile(reference.substring(1)));
        if (target.isMissingNode()) {
            problem = "$ref " + reference + " leads nowhere";
        } else if (!open.add(reference)) {
            problem = "$ref " + reference + " is part of a cycle";
        }
        if (problem != null) {
            return 0;
        }
        long size = expandedSize(target);
        open.remove(reference);
        return size;
    }

    private static long saturatedSum(long a, long b) {
        return Math.min(a + b, 1L << 40);
    }
}
