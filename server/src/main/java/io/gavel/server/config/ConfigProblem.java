package io.gavel.server.config;

/// One thing that is wrong with a configuration.
///
/// @param field the setting, or the name that is none
/// @param limit what is allowed there
/// @param value what was found; empty = nothing
/// @param text one line that says it all, with the value's origin
public record ConfigProblem(String field, String limit, String value, String text) {}
