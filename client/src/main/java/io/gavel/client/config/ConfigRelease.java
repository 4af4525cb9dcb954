package io.gavel.client.config;

import java.util.Map;

/**
 * One release of a namespace.
 *
 * @param version from 1
 * @param entries in key order; empty in lists and histories
 * @param schemaVersion the schema it was checked against; 0 = none
 */
public record ConfigRelease(
        String namespace,
        long version,
        Map<String, String> entries,
        String author,
        String message,
        long revision,
        long schemaVersion) {}
