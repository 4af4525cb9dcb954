package io.gavel.cli.command;

import io.gavel.cli.CommandFailure;
import io.gavel.cli.CommandGroup;
import io.gavel.cli.ExitCode;
import io.gavel.cli.GlobalOptions;
import io.gavel.cli.output.Json;
import io.gavel.cli.output.Listing;
import io.gavel.cli.output.Table;
import io.gavel.client.error.ErrorCode;
import io.gavel.server.config.ConfigException;
import io.gavel.server.config.LoadedConfig;
import io.gavel.server.config.ServerConfigLoader;
import io.gavel.server.disk.StorageRefusedException;
import io.gavel.server.entry.EntryHash;
import io.gavel.server.node.Server;
import io.gavel.server.node.StartException;
import io.gavel.server.restore.EntrySkip;
import io.gavel.server.storage.CorruptStorageException;
import io.gavel.server.storage.Identity;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `gavel server`.
@Command(
        name = "server",
        description = "Run one member of a cluster.",
        subcommands = {ServerCommands.Start.class, ServerCommands.CheckConfig.class, ServerCommands.SkipEntry.class})
public final class ServerCommands extends CommandGroup {

    /// A command that takes a node's settings from a file, the environment and its own options.
    abstract static class ConfiguredCommand implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Option(names = "--config", paramLabel = "FILE", description = "Settings as YAML; options override it.")
        private @Nullable Path file;

        private final SettingOptions settings = new SettingOptions();

        final SettingOptions settings() {
            return settings;
        }

        final GlobalOptions global() {
            return GlobalOptions.of(spec);
        }

        final LoadedConfig load() throws IOException {
            String yaml = file == null ? "" : Input.text("--config", file);
            try {
                return ServerConfigLoader.load(
                        yaml, file == null ? "" : file.toString(), System.getenv(), settings.given());
            } catch (ConfigException refused) {
                throw CommandFailure.config(refused, "gavel server check-config --help names every setting");
            }
        }
    }

    @Command(
            name = "start",
            description = "Run a member until SIGTERM or Ctrl-C; then it hands leadership over and stops.",
            modelTransformer = SettingOptions.Transformer.class,
            footer = {
                "",
                "Every option is also a key of the file and, as GAVEL_…, a variable of the environment. Logs go to",
                "standard error. Exit codes: 0 stopped, 1 not started, 2 usage, 70 a defect, 74 the disk failed,",
                "75 the state diverged from the others', 76 the data directory is another member's.",
                "",
                "Examples:",
                "  gavel server start --config gavel.yaml",
                "  gavel server start --id 1 --data /var/lib/gavel \\",
                "      --cluster 1=10.0.0.1:7401/10.0.0.1:7400,2=10.0.0.2:7401/10.0.0.2:7400"
            })
    static final class Start extends ConfiguredCommand {
        private static final Duration AFTER_SHUTDOWN_TIMEOUT = Duration.ofSeconds(15);

        @Override
        public Integer call() throws IOException {
            LoadedConfig loaded = load();
            // Read by LogConfiguration when the first logger is made, which is below.
            System.setProperty("gavel.log.level", "INFO");
            CompletableFuture<Integer> ended = new CompletableFuture<>();
            Duration patience = Duration.ofNanos(loaded.config().timings().shutdownTimeoutNanos())
                    .plus(AFTER_SHUTDOWN_TIMEOUT);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> exitAs(ended, patience), "gavel-exit"));
            int code = ExitCode.FAILED;
            try {
                code = Server.run(loaded).code();
                return code;
            } catch (StartException refused) {
                code = refused.exitCode().code();
                if (code == ExitCode.OK) {
                    return code;
                }
                throw new CommandFailure(code, ErrorCode.FAILED_PRECONDITION, String.valueOf(refused.getMessage()), "");
            } finally {
                ended.complete(code);
            }
        }

        /// In the shutdown hook: a JVM that is told to stop by a signal would exit with the signal's number.
        private static void exitAs(CompletableFuture<Integer> ended, Duration patience) {
            int code = ended.completeOnTimeout(ExitCode.FAILED, patience.toMillis(), TimeUnit.MILLISECONDS)
                    .join();
            Runtime.getRuntime().halt(code);
        }
    }

    @Command(
            name = "check-config",
            description = "Check the settings of a member and print them with their origin; starts nothing.",
            modelTransformer = SettingOptions.Transformer.class,
            footer = {
                "",
                "Every option is also a key of the file and, as GAVEL_…, a variable of the environment.",
                "",
                "Example:",
                "  gavel server check-config --config gavel.yaml"
            })
    static final class CheckConfig extends ConfiguredCommand {
        @Override
        public Integer call() throws IOException {
            LoadedConfig loaded = load();
            Listing<LoadedConfig.Resolved> settings = Listing.of(loaded.settings(), CheckConfig::row)
                    .column("SETTING", s -> s.setting().key())
                    .column("VALUE", LoadedConfig.Resolved::text)
                    .column("ORIGIN", LoadedConfig.Resolved::origin);
            settings.print(
                    global().output(), Json.object("settings", settings.documents(), "warnings", loaded.warnings()));
            return ExitCode.OK;
        }

        private static Map<String, @Nullable Object> row(LoadedConfig.Resolved s) {
            return Json.object("setting", s.setting().key(), "value", s.text(), "origin", s.origin());
        }
    }

    @Command(
            name = "skip-entry",
            description = "Tell a stopped member to leave out a log entry that no member can apply.",
            footer = {
                "",
                "For the day when every member stops at the same entry: a halted member logs its index and hash. Give",
                "the same command to every member while it is stopped, then start them. The change of that entry is",
                "lost; that it was left out is recorded in the replicated state. A member that was not told stops",
                "again; one that holds another entry at that index stops too.",
                "",
                "Example:",
                "  gavel server skip-entry 48213 --hash 9f86d081... --data /var/lib/gavel"
            })
    static final class SkipEntry implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Parameters(paramLabel = "INDEX", description = "Index of the entry.")
        private long index;

        @Option(names = "--hash", required = true, paramLabel = "HASH", description = "Its hash, as the member said.")
        private String hash = "";

        @Option(names = "--data", required = true, paramLabel = "DIR", description = "The member's data directory.")
        private Path data = Path.of("");

        @Override
        public Integer call() throws IOException {
            if (index < 1) {
                throw CommandFailure.invalid("INDEX", "at least 1", index);
            }
            int member = note().memberId().value();
            Table table = new Table("MEMBER", "INDEX", "HASH");
            table.row(member, index, hash);
            GlobalOptions.of(spec)
                    .output()
                    .document(Json.object("member", member, "index", index, "hash", hash), table);
            return ExitCode.OK;
        }

        private Identity note() throws IOException {
            try {
                return EntrySkip.note(data, index, new EntryHash(hash));
            } catch (IllegalArgumentException notAHash) {
                throw CommandFailure.invalid(
                        "--hash", "64 lower-case hexadecimal digits, as the halted member printed them", hash);
            } catch (StorageRefusedException | CorruptStorageException refused) {
                throw new CommandFailure(
                        ExitCode.CONFLICT,
                        ErrorCode.FAILED_PRECONDITION,
                        String.valueOf(refused.getMessage()),
                        "nothing was changed; a member is told while it is stopped");
            }
        }
    }
}
