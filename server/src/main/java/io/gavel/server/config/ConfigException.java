package io.gavel.server.config;

import java.util.List;

/// The configuration is refused; says everything that is wrong with it at once.
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;

    ConfigException(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    /// One line for each problem: the setting, its origin, the limit and the value.
    public List<String> problems() {
        return problems;
    }
}
