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
                throw CommandFailure.usage("a release is a JSON object of keys and values");
            }
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String key = parser.currentName();
                JsonToken value = parser.nextToken();
                if (!value.isScalarValue() || value == JsonToken.VALUE_NULL) {
                    throw CommandFailure.usage("the value of \"" + key + "\" must be text, a number or a boolean");
                }
                entries.put(key, parser.getText());
            }
            if (parser.nextToken() != null) {
                throw CommandFailure.usage("there is more in the file after the release's closing brace");
            }
            return entries;
        } catch (JsonProcessingException e) {
            throw CommandFailure.usage("the file is not JSON: " + e.getOriginalMessage());
        }
    }
}
