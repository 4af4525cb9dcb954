package io.gavel.cli;

import io.gavel.cli.output.Format;
import io.gavel.cli.output.Output;
import io.gavel.client.GavelClient;
import io.gavel.client.GavelClientBuilder;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// The options that every command takes, before or after its name.
public final class GlobalOptions {
    private static final String DEFAULT_ENDPOINTS = "127.0.0.1:7400,127.0.0.1:7410,127.0.0.1:7420";

    @Option(
            names = {"-e", "--endpoints"},
            scope = ScopeType.INHERIT,
            split = ",",
            paramLabel = "H:P",
            description = "Members to talk to, comma-separated (GAVEL_ENDPOINTS; default " + DEFAULT_ENDPOINTS + ").")
    private @Nullable List<String> endpoints;

    @Option(
            names = {"-o", "--output"},
            scope = ScopeType.INHERIT,
            paramLabel = "FORMAT",
            description = "table, json, jsonl or plain (default: table on a terminal, else plain).")
    private @Nullable Format format;

    @Option(
            names = "--timeout",
            scope = ScopeType.INHERIT,
            defaultValue = "5s",
            paramLabel = "D",
            description = "How long one call may take (default 5s).")
    private Duration timeout = Duration.ofSeconds(5);

    @Option(names = "--no-color", scope = ScopeType.INHERIT, description = "Print no colours (NO_COLOR).")
    private boolean noColor;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli reads the option, nobody the field
    private boolean helpWanted;

    /// The options of the command line that `spec` belongs to.
    public static GlobalOptions of(CommandSpec spec) {
        return ((Main) spec.root().userObject()).global();
    }

    public Duration timeout() {
        return timeout;
    }

    /// Colours are for a person at a terminal who did not decline them.
    boolean isColourOn() {
        String declined = System.getenv("NO_COLOR");
        return !noColor && (declined == null || declined.isEmpty()) && Boolean.getBoolean("gavel.terminal");
    }

    public List<String> endpoints() {
        if (endpoints != null) {
            return endpoints;
        }
        String environment = System.getenv("GAVEL_ENDPOINTS");
        String text = environment == null || environment.isBlank() ? DEFAULT_ENDPOINTS : environment;
        return List.of(text.strip().split("\\s*,\\s*"));
    }

    /// The distribution's script says whether standard output is a terminal; asking the JDK costs 100 ms.
    public Format format() {
        if (format != null) {
            return format;
        }
        return Boolean.getBoolean("gavel.terminal") ? Format.TABLE : Format.PLAIN;
    }

    public Output output() {
        return new Output(format(), new PrintStream(System.out, false, StandardCharsets.UTF_8), isColourOn());
    }

    /// A builder for a client of these endpoints; the caller closes what it builds.
    public GavelClientBuilder client() {
        return GavelClient.builder()
                .endpoints(endpoints().toArray(String[]::new))
                .requestTimeout(timeout)
                .clientName(clientName());
    }

    private static String clientName() {
        String user = System.getProperty("user.name", "?");
        return String.format(
                Locale.ROOT, "%s:gavel:%d", user, ProcessHandle.current().pid());
    }
}
