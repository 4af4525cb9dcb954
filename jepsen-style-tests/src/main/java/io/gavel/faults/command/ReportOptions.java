package io.gavel.faults.command;

import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// How what was found is told, and where failures are written.
final class ReportOptions {
    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where failures are written; default: ${DEFAULT-VALUE}.",
            defaultValue = "faults-out")
    private Path out = Path.of("faults-out");

    @Option(names = "-o", paramLabel = "FORMAT", description = "json: one object on stdout instead of lines.")
    private String format = "plain";

    /// Whether the format is one of ours; says so if it is not.
    boolean isFormatKnown() {
        if (format.equals("plain") || isJson()) {
            return true;
        }
        Objects.requireNonNull(command)
                .commandLine()
                .getErr()
                .println("faults: -o takes plain or json, not '" + format + "'");
        return false;
    }

    boolean isJson() {
        return format.equals("json");
    }

    Path out() {
        return out;
    }
}
