package io.gavel.server.state.config;

import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.PublishConfig;
import io.gavel.server.entry.Refusals;
import io.gavel.server.entry.RequestLimits;
import io.gavel.server.entry.v1.ClusterSettings;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a config command may contain. Each check returns null or the refusal that names field, limit and value.
final class ConfigLimits {
    static final int MAX_NAME_CHARS = 128;

    private ConfigLimits() {}

    static @Nullable Error checkNamespace(String name) {
        boolean fits = !name.isEmpty() && name.length() <= MAX_NAME_CHARS && isAlphanumeric(name.charAt(0));
        for (int i = 1; fits && i < name.length(); i++) {
            char c = name.charAt(i);
            fits = isAlphanumeric(c) || c == '.' || c == '_' || c == '/' || c == '-';
        }
        return fits
                ? null
                : Refusals.invalid(
                        "namespace",
                        "[a-z0-9][a-z0-9._/-]{0,127}",
                        name,
                        "a namespace is named by 1 to 128 of a-z, 0-9, '.', '_', '/' and '-', the first of a-z or 0-9");
    }

    private static boolean isAlphanumeric(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    }

    static @Nullable Error checkPublish(PublishConfig publish, ClusterSettings settings) {
        Error error = checkNamespace(publish.getNamespace());
        error = error != null ? error : checkWords(publish.getAuthor(), publish.getMessage());
        if (error == null && publish.getSetCount() == 0 && publish.getDeleteCount() == 0 && !publish.getReplace()) {
            error = Refusals.invalid("set", "a change", "none", "there is nothing to publish");
        }
        for (Map.Entry<String, String> entry : publish.getSetMap().entrySet()) {
            error = error != null ? error : checkKey("set", entry.getKey(), settings);
        }
        for (String key : publish.getDeleteList()) {
            error = error != null ? error : checkKey("delete", key, settings);
            if (error == null && publish.containsSet(key)) {
                error = Refusals.invalid("delete", "not in set", key, "a release sets and deletes " + key);
            }
        }
        return error;
    }

    static @Nullable Error checkWords(String author, String message) {
        Error error = checkBytes("author", author, RequestLimits.NAME_BYTES);
        return error != null ? error : checkBytes("message", message, RequestLimits.CONFIG_MESSAGE_BYTES);
    }

    static @Nullable Error checkBytes(String field, String text, int limit) {
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        return bytes > limit ? Refusals.tooLarge(field, limit, bytes) : null;
    }

    private static @Nullable Error checkKey(String field, String key, ClusterSettings settings) {
        if (key.isEmpty()) {
            return Refusals.invalid(field, "1 byte or more", 0, "a config key is empty");
        }
        if (key.chars().anyMatch(Character::isISOControl)) {
            return Refusals.invalid(field, "no control characters", key, "a config key has a control character");
        }
        return checkBytes(field, key, settings.getMaxKeyBytes());
    }
}
