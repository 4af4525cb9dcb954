package io.gavel.server.config;

import java.util.List;

/// A checked configuration, and where each of its values came from.
public record LoadedConfig(ServerConfig config, List<Resolved> settings, List<String> warnings) {

    /// One value in force and its origin: `default`, `cluster`, `file NAME`, `environment NAME` or `flag --NAME`.
    public record Resolved(Setting setting, String text, String origin) {}

    /// One line a setting, for the start of the log and `print-config`.
    public String describe() {
        StringBuilder out = new StringBuilder();
        for (Resolved resolved : settings) {
            out.append(resolved.setting().key())
                    .append(": ")
                    .append(resolved.text())
                    .append("  # ")
                    .append(resolved.origin())
                    .append('\n');
        }
        return out.toString();
    }
}
