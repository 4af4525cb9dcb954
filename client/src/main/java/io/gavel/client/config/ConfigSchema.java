package io.gavel.client.config;

/** The JSON Schema of a namespace. */
public record ConfigSchema(String namespace, String schema, long version) {}
