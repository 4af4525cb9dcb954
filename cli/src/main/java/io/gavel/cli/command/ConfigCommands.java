package io.gavel.cli.command;

import io.gavel.cli.ClientCommand;
import io.gavel.cli.CommandFailure;
import io.gavel.cli.CommandGroup;
import io.gavel.cli.ExitCode;
import io.gavel.cli.output.Format;
import io.gavel.cli.output.Json;
import io.gavel.cli.output.Listing;
import io.gavel.cli.output.Output;
import io.gavel.cli.output.Table;
import io.gavel.client.GavelClient;
import io.gavel.client.config.ConfigChanges;
import io.gavel.client.config.ConfigDiff;
import io.gavel.client.config.ConfigEvent;
import io.gavel.client.config.ConfigNamespace;
import io.gavel.client.config.ConfigRelease;
import io.gavel.client.config.ConfigSchema;
import io.gavel.client.error.ErrorCode;
import io.gavel.client.watch.Watch;
import io.gavel.server.api.schema.SchemaValidator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `gavel config`.
@Command(
        name = "config",
        description = "Versioned configuration: a namespace is a document of keys.",
        subcommands = {
            ConfigCommands.Get.class,
            ConfigCommands.SetKey.class,
            ConfigCommands.Publish.class,
            ConfigCommands.History.class,
            ConfigCommands.Diff.class,
            ConfigCommands.Rollback.class,
            ConfigCommands.WatchReleases.class,
            ConfigCommands.Validate.class,
            ConfigCommands.Schema.class,
            ConfigCommands.ListNamespaces.class
        })
public final class ConfigCommands extends CommandGroup {

    /// Who releases, why, and on top of what.
    static final class ReleaseFlags {
        @Option(names = "--if-version", paramLabel = "N", description = "Only on top of this version; 0 = absent.")
        private @Nullable Long ifVersion;

        @Option(
                names = {"-m", "--message"},
                defaultValue = "",
                paramLabel = "WHY",
                description = "Why.")
        private String message = "";

        @Option(names = "--author", paramLabel = "WHO", description = "Who (default: the user's name).")
        private String author = System.getProperty("user.name", "");

        ConfigChanges apply(ConfigChanges changes) {
            ConfigChanges signed = changes.by(author, message);
            return ifVersion == null ? signed : signed.withExpectedVersion(ifVersion);
        }

        /// -1 = any.
        long expectedVersion() {
            return Arguments.atLeast("--if-version", 0, ifVersion, -1);
        }
    }

    @Command(
            name = "get",
            description = "Print a release, or one key of it.",
            footer = {"", "Examples:", "  gavel config get shop/limits", "  gavel config get shop/limits max"})
    static final class Get extends ClientCommand {
        @Parameters(index = "0", paramLabel = "NS")
        private String namespace = "";

        @Parameters(index = "1", arity = "0..1", paramLabel = "KEY")
        private @Nullable String key;

        @Option(names = "--version-at", paramLabel = "N", description = "This release (default: the newest).")
        private @Nullable Long wanted;

        private long version;

        @Override
        protected void check() {
            version = Arguments.atLeast("--version-at", 1, wanted, 0);
        }

        @Override
        protected int run(GavelClient client, Output out) {
            ConfigRelease release = release(client.config().namespace(namespace), version);
            if (key == null) {
                Table table = new Table("KEY", "VALUE");
                new TreeMap<>(release.entries()).forEach(table::row);
                out.document(document(release), table);
                return ExitCode.OK;
            }
            String value = release.entries().get(key);
            if (value == null) {
                throw notFound("key \"" + key + "\" does not exist in namespace \"" + namespace + "\" at version "
                        + release.version());
            }
            if (out.format() == Format.PLAIN) {
                out.raw(value.getBytes(StandardCharsets.UTF_8));
            } else {
                out.document(
                        Json.object("namespace", namespace, "version", release.version(), "key", key, "value", value),
                        new Table("KEY", "VALUE").row(key, value));
            }
            return ExitCode.OK;
        }
    }

    @Command(
            name = "set",
            description = "Set one key: a new release.",
            footer = {"", "Example:", "  gavel config set shop/limits max 200 --if-version 6 -m OPS-91"})
    static final class SetKey extends ClientCommand {
        @Parameters(index = "0", paramLabel = "NS")
        private String namespace = "";

        @Parameters(index = "1", paramLabel = "KEY")
        private String key = "";

        @Parameters(index = "2", paramLabel = "VALUE")
        private String value = "";

        @Mixin
        private ReleaseFlags flags = new ReleaseFlags();

        @Override
        protected int run(GavelClient client, Output out) {
            long version = client.config().namespace(namespace).publish(flags.apply(ConfigChanges.set(key, value)));
            released(out, namespace, version);
            return ExitCode.OK;
        }
    }

    @Command(
            name = "publish",
            description = "Make the namespace exactly what a JSON file says: a new release.",
            footer = {
                "",
                "The file is an object of text values: {\"max\":\"200\",\"open\":\"true\"}",
                "",
                "Example:",
                "  gavel config publish shop/limits --file limits.json -m OPS-91"
            })
    static final class Publish extends ClientCommand {
        @Parameters(index = "0", paramLabel = "NS")
        private String namespace = "";

        @Option(names = "--file", required = true, paramLabel = "F.json", description = "- = standard input.")
        private Path file = Path.of("-");

        @Mixin
        private ReleaseFlags flags = new ReleaseFlags();

        @Override
        protected int run(GavelClient client, Output out) throws IOException {
            ConfigChanges changes = ConfigChanges.replaceWith(ReleaseFile.entries(Input.text("--file", file)));
            released(out, namespace, client.config().namespace(namespace).publish(flags.apply(changes)));
            return ExitCode.OK;
        }
    }

    @Command(
            name = "history",
            description = "List releases, newest first.",
            footer = {"", "Example:", "  gavel config history shop/limits"})
    static final class History extends ClientCommand {
        @Parameters(index = "0", paramLabel = "NS")
        private String namespace = "";

        @Option(
                names = "--limit",
                defaultValue = "100",
                paramLabel = "N",
                description = "At most this many, 1 to 1000 (default 100).")
        private int limit = 100;

        @Override
        protected void check() {
            limit = Arguments.listed(limit);
        }

        @Override
        protected int run(GavelClient client, Output out) {
            List<ConfigRelease> releases = client.config().namespace(namespace).history(limit, 0);
            if (releases.isEmpty()) {
                throw notFound("namespace \"" + namespace + "\" does not exist");
            }
            Listing<ConfigRelease> listing = Listing.of(releases, History::row)
                    .column("VERSION", ConfigRelease::version)
                    .column("AUTHOR", ConfigRelease::author)
                    .column("MESSAGE", ConfigRelease::message)
                    .column("REVISION", ConfigRelease::revision);
            listing.print(out, Json.object("namespace", namespace, "releases", listing.documents()));
            return ExitCode.OK;
        }

        private static Map<String, @Nullable Object> row(ConfigRelease release) {
            return Json.object(
                    "version",
                    release.version(),
                    "author",
                    release.author(),
                    "message",
                    release.message(),
                    "revision",
                    release.revision());
        }
    }

    @Command(
            name = "diff",
            description = "Show what changed between two releases.",
            footer = {"", "Examples:", "  gavel config diff shop/limits 5", "  gavel config diff shop/limits 5 6"})
    static final class Diff extends ClientCommand {
        @Parameters(index = "0", paramLabel = "NS")
        private String namespace = "";

        @Parameters(index = "1", paramLabel = "FROM")
        private long from;

        @Parameters(index = "2", arity = "0..1", paramLabel = "TO", description = "Default: the newest.")
        private @Nullable Long to;

        private long toVersion;

        @Override
        protected void check() {
            from = Arguments.atLeast("FROM", 1, from);
            toVersion = Arguments.atLeast("TO", 1, to, 0);
        }

        @Override
        protected int run(GavelClient client, Output out) {
            ConfigDiff diff = client.config().namespace(namespace).diff(from, toVersion);
            Table table = new Table("CHANGE", "KEY", "BEFORE", "AFTER");
            new TreeMap<>(diff.added()).forEach((k, v) -> table.row("added", k, null, v));
            new TreeMap<>(diff.removed()).forEach((k, v) -> table.row("removed", k, v, null));
            diff.changed().forEach(c -> table.row("changed", c.key(), c.before(), c.after()));
            Map<String, @Nullable Object> changed = Json.object();
            diff.changed().forEach(c -> changed.put(c.key(), Json.object("before", c.before(), "after", c.after())));
            out.document(
                    Json.object(
                            "added",
                            new TreeMap<>(diff.added()),
                            "removed",
                            new TreeMap<>(diff.removed()),
                            "changed",
                            changed),
                    table);
            return ExitCode.OK;
        }
    }

    @Command(
            name = "rollback",
            description = "Release an old version again: a new release.",
            footer = {"", "Example:", "  gavel config rollback shop/limits --to 5 -m 'OPS-92: too many orders'"})
    static final class Rollback extends ClientCommand {
        @Parameters(index = "0", paramLabel = "NS")
        private String namespace = "";

        @Option(names = "--to", required = true, paramLabel = "N")
        private long to;

        @Mixin
        private ReleaseFlags flags = new ReleaseFlags();

        @Override
        protected int run(GavelClient client, Output out) {
            long expected = flags.expectedVersion();
            long version = client.config().namespace(namespace).rollback(to, expected, flags.author, flags.message);
            released(out, namespace, version);
            return ExitCode.OK;
        }
    }

    @Command(
            name = "watch",
            description = "Print the current release and every new one as JSON lines, until Ctrl-C.",
            footer = {"", "Example:", "  gavel config watch shop/limits | jq .version"})
    static final class WatchReleases extends ClientCommand {
        @Parameters(index = "0", paramLabel = "NS")
        private String namespace = "";

        @Override
        protected int run(GavelClient client, Output out) throws InterruptedException {
            try (Watch<ConfigEvent> releases =
                    client.config().namespace(namespace).watch()) {
                Streams.untilInterrupted(releases, event -> {
                    Map<String, @Nullable Object> json = event.release()
                            .map(ConfigCommands::document)
                            .orElseGet(() -> Json.object(
                                    "namespace",
                                    namespace,
                                    "version",
                                    null,
                                    "entries",
                                    null,
                                    "author",
                                    null,
                                    "message",
                                    null,
                                    "revision",
                                    null));
                    json.put("afterGap", event.afterGap());
                    return out.event(json);
                });
            }
            return ExitCode.OK;
        }
    }

    @Command(
            name = "validate",
            description = "Check a JSON file against the namespace's schema; publishes nothing.",
            footer = {
                "",
                "Exit code 8 when the file breaks the schema.",
                "",
                "Example:",
                "  gavel config validate shop/limits --file limits.json"
            })
    static final class Validate extends ClientCommand {
        @Parameters(index = "0", paramLabel = "NS")
        private String namespace = "";

        @Option(names = "--file", required = true, paramLabel = "F.json", description = "- = standard input.")
        private Path file = Path.of("-");

        @Override
        protected int run(GavelClient client, Output out) throws IOException {
            Map<String, String> entries = ReleaseFile.entries(Input.text("--file", file));
            ConfigSchema schema = client.config().namespace(namespace).schema().orElse(null);
            String problem = schema == null ? null : SchemaValidator.checkDocument(schema.schema(), entries);
            out.document(
                    Json.object(
                            "namespace",
                            namespace,
                            "schemaVersion",
                            schema == null ? null : schema.version(),
                            "valid",
                            problem == null,
                            "problem",
                            problem),
                    new Table("NAMESPACE", "SCHEMA VERSION", "VALID", "PROBLEM")
                            .row(namespace, schema == null ? null : schema.version(), problem == null, problem));
            return problem == null ? ExitCode.OK : ExitCode.CHECK_FAILED;
        }
    }

    @Command(
            name = "schema",
            description = "Print the namespace's JSON Schema, or set it.",
            footer = {
                "",
                "Examples:",
                "  gavel config schema shop/limits",
                "  gavel config schema shop/limits --file limits.schema.json"
            })
    static final class Schema extends ClientCommand {
        @Parameters(index = "0", paramLabel = "NS")
        private String namespace = "";

        @Option(names = "--file", paramLabel = "S.json", description = "The new schema; an empty file removes it.")
        private @Nullable Path file;

        @Option(names = "--author", paramLabel = "WHO", description = "Who (default: the user's name).")
        private String author = System.getProperty("user.name", "");

        @Override
        protected int run(GavelClient client, Output out) throws IOException {
            ConfigNamespace config = client.config().namespace(namespace);
            if (file != null) {
                long version = config.setSchema(Input.text("--file", file).strip(), author);
                out.document(
                        Json.object("namespace", namespace, "schemaVersion", version),
                        new Table("SCHEMA VERSION").row(version));
                return ExitCode.OK;
            }
            ConfigSchema schema =
                    config.schema().orElseThrow(() -> notFound("namespace \"" + namespace + "\" has no schema"));
            if (out.format() == Format.PLAIN || out.format() == Format.TABLE) {
                out.raw(schema.schema().getBytes(StandardCharsets.UTF_8));
            } else {
                out.document(
                        Json.object(
                                "namespace", namespace, "schemaVersion", schema.version(), "schema", schema.schema()),
                        new Table());
            }
            return ExitCode.OK;
        }
    }

    @Command(
            name = "ls",
            description = "List namespaces.",
            footer = {"", "Example:", "  gavel config ls shop/"})
    static final class ListNamespaces extends ClientCommand {
        @Parameters(index = "0", paramLabel = "PREFIX", arity = "0..1", defaultValue = "")
        private String prefix = "";

        @Option(
                names = "--limit",
                defaultValue = "1000",
                paramLabel = "N",
                description = "At most this many, 1 to 1000 (default 1000).")
        private int limit = 1_000;

        @Override
        protected void check() {
            limit = Arguments.listed(limit);
        }

        @Override
        protected int run(GavelClient client, Output out) {
            Listing.of(client.config().list(prefix, "", limit), ListNamespaces::row)
                    .column("NAMESPACE", ConfigRelease::namespace)
                    .column("VERSION", ConfigRelease::version)
                    .column("AUTHOR", ConfigRelease::author)
                    .column("MESSAGE", ConfigRelease::message)
                    .print(out, "namespaces");
            return ExitCode.OK;
        }

        private static Map<String, @Nullable Object> row(ConfigRelease newest) {
            return Json.object(
                    "namespace",
                    newest.namespace(),
                    "version",
                    newest.version(),
                    "author",
                    newest.author(),
                    "message",
                    newest.message());
        }
    }

    private static ConfigRelease release(ConfigNamespace namespace, long version) {
        Optional<ConfigRelease> release = version == 0 ? namespace.get() : namespace.get(version);
        return release.orElseThrow(() -> notFound(
                version == 0
                        ? "namespace \"" + namespace.name() + "\" does not exist"
                        : "namespace \"" + namespace.name() + "\" has no version " + version));
    }

    private static CommandFailure notFound(String message) {
        return new CommandFailure(ExitCode.NOT_FOUND, ErrorCode.NOT_FOUND, message, "");
    }

    private static Map<String, @Nullable Object> document(ConfigRelease release) {
        return Json.object(
                "namespace",
                release.namespace(),
                "version",
                release.version(),
                "entries",
                new TreeMap<>(release.entries()),
                "author",
                release.author(),
                "message",
                release.message(),
                "revision",
                release.revision());
    }

    private static void released(Output out, String namespace, long version) {
        out.document(
                Json.object("namespace", namespace, "version", version),
                new Table("NAMESPACE", "VERSION").row(namespace, version));
    }
}
