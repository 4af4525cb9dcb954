package io.gavel.cli.command;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.gavel.cli.CommandFailure;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/// A release as a JSON file: an object of text, numbers and booleans.
final class ReleaseFile {
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private ReleaseFile() {}

    /// The keys and values; numbers and booleans are taken as the text they are written with.
    ///
    /// @throws CommandFailure naming what is wrong
    static Map<String, String> entries(String text) throws IOException {
        Map<String, String> entries = new TreeMap<>();
        try (JsonParser parser = FACTORY.createParser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw CommandFailure.invalid("release", "a JSON object of keys and values", "something else");
            }
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String key = parser.currentName();
                JsonToken value = parser.nextToken();
                if (!value.isScalarValue() || value == JsonToken.VALUE_NULL) {
                    throw CommandFailure.invalid("\"" + key + "\"", "text, a number or a boolean", kind(value));
                }
                entries.put(key, parser.getText());
            }
            if (parser.nextToken() != null) {
                throw CommandFailure.invalid("release", "one JSON object", "more after its closing brace");
            }
            return entries;
        } catch (JsonProcessingException e) {
            throw CommandFailure.usage("release", "JSON", "", "the file is not JSON: " + e.getOriginalMessage());
        }
    }

    private static String kind(JsonToken token) {
        return switch (token) {
            case VALUE_NULL -> "null";
            case START_ARRAY -> "a list";
            default -> "an object";
        };
    }
}
