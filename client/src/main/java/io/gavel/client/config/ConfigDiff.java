package io.gavel.client.config;

import java.util.List;
import java.util.Map;

/** What changed between two releases. */
public record ConfigDiff(Map<String, String> added, Map<String, String> removed, List<Changed> changed) {
    /** A key with another value. */
    public record Changed(String key, String before, String after) {}
}
