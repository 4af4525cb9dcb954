package io.gavel.cli.command;

import io.gavel.cli.ClientCommand;
import io.gavel.cli.CommandFailure;
import io.gavel.cli.CommandGroup;
import io.gavel.cli.Durations;
import io.gavel.cli.ExitCode;
import io.gavel.cli.output.Format;
import io.gavel.cli.output.Json;
import io.gavel.cli.output.Listing;
import io.gavel.cli.output.Output;
import io.gavel.cli.output.Table;
import io.gavel.client.Bytes;
import io.gavel.client.GavelClient;
import io.gavel.client.error.ErrorCode;
import io.gavel.client.kv.CountResult;
import io.gavel.client.kv.DeleteOptions;
import io.gavel.client.kv.DeleteResult;
import io.gavel.client.kv.Entry;
import io.gavel.client.kv.GetResult;
import io.gavel.client.kv.PutOptions;
import io.gavel.client.kv.PutResult;
import io.gavel.client.kv.RangeOptions;
import io.gavel.client.kv.RangeResult;
import io.gavel.client.kv.ReadOptions;
import io.gavel.client.watch.Watch;
import io.gavel.client.watch.WatchEvent;
import io.gavel.client.watch.WatchOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `gavel kv`.
@Command(
        name = "kv",
        description = "Keys and values.",
        subcommands = {
            KvCommands.Get.class,
            KvCommands.Put.class,
            KvCommands.Delete.class,
            KvCommands.Range.class,
            KvCommands.Count.class,
            TxnCommand.class,
            KvCommands.WatchKeys.class,
            KvCommands.Compact.class
        })
public final class KvCommands extends CommandGroup {
    /// Which state a read may be answered from.
    enum Consistency {
        LINEARIZABLE,
        STALE
    }

    /// Options that every read takes.
    static final class ReadFlags {
        @Option(names = "--rev", paramLabel = "R", description = "Read at this revision.")
        private long revision;

        @Option(
                names = "--consistency",
                defaultValue = "linearizable",
                paramLabel = "C",
                description = "linearizable (default) or stale.")
        private Consistency consistency = Consistency.LINEARIZABLE;

        ReadOptions options() {
            ReadOptions base = consistency == Consistency.STALE ? ReadOptions.stale() : ReadOptions.DEFAULT;
            return base.withRevision(revision);
        }
    }

    @Command(
            name = "get",
            description = "Print the value of a key.",
            footer = {"", "Examples:", "  gavel kv get shop/open", "  gavel kv get shop/open --rev 41 -o json"})
    static final class Get extends ClientCommand {
        @Parameters(index = "0", paramLabel = "KEY")
        private String key = "";

        @Mixin
        private ReadFlags read = new ReadFlags();

        @Override
        protected int run(GavelClient client, Output out) {
            GetResult result = client.kv().get(Bytes.utf8(key), read.options());
            Entry entry = result.entry()
                    .orElseThrow(() -> new CommandFailure(
                            ExitCode.NOT_FOUND, ErrorCode.NOT_FOUND, "key \"" + key + "\" does not exist", ""));
            if (out.format() == Format.PLAIN) {
                out.raw(entry.value().toByteArray());
                return ExitCode.OK;
            }
            Map<String, @Nullable Object> json = Documents.entry(entry, false);
            json.put("revision", result.revision());
            out.document(
                    json,
                    new Table("KEY", "VALUE", "VERSION", "MODIFIED AT")
                            .row(key, Documents.cell(entry.value()), entry.version(), entry.modRevision()));
            return ExitCode.OK;
        }
    }

    @Command(
            name = "put",
            description = "Set the value of a key.",
            footer = {"", "Examples:", "  gavel kv put shop/open yes", "  gavel kv put logo - < logo.png"})
    static final class Put extends ClientCommand {
        private static final Duration SHORTEST_TTL = Duration.ofSeconds(1);
        private static final Duration LONGEST_TTL = Duration.ofDays(365);

        @Parameters(index = "0", paramLabel = "KEY")
        private String key = "";

        @Parameters(index = "1", arity = "0..1", paramLabel = "VALUE", description = "The value; - = standard input.")
        private @Nullable String value;

        @Option(names = "--file", paramLabel = "F", description = "Take the value from a file.")
        private @Nullable Path file;

        @Option(names = "--ttl", paramLabel = "D", description = "Delete the key after this time.")
        private @Nullable Duration ttl;

        @Option(names = "--if-version", paramLabel = "N", description = "Only if the key has this version; 0 = absent.")
        private @Nullable Long ifVersion;

        @Option(names = "--if-mod-revision", paramLabel = "R", description = "Only if it was last modified there.")
        private @Nullable Long ifModRevision;

        private Bytes content = Bytes.EMPTY;

        @Override
        protected void check() throws IOException {
            if (ttl != null && (ttl.compareTo(SHORTEST_TTL) < 0 || ttl.compareTo(LONGEST_TTL) > 0)) {
                throw CommandFailure.invalid("--ttl", "1s to 365d", Durations.text(ttl));
            }
            content = Input.value(value, file);
        }

        @Override
        protected int run(GavelClient client, Output out) {
            PutOptions options = PutOptions.DEFAULT;
            if (ttl != null) {
                options = options.withTtl(ttl);
            }
            if (ifVersion != null) {
                options = options.withIfVersion(ifVersion);
            }
            if (ifModRevision != null) {
                options = options.withIfModRevision(ifModRevision);
            }
            PutResult result = client.kv().put(Bytes.utf8(key), content, options);
            out.document(
                    Json.object("revision", result.revision(), "version", result.version()),
                    new Table("REVISION", "VERSION").row(result.revision(), result.version()));
            return ExitCode.OK;
        }
    }

    @Command(
            name = "delete",
            description = "Delete a key, or every key with a prefix.",
            footer = {"", "Examples:", "  gavel kv delete shop/open", "  gavel kv delete shop/ --prefix"})
    static final class Delete extends ClientCommand {
        @Parameters(index = "0", paramLabel = "KEY")
        private String key = "";

        @Option(names = "--prefix", description = "Delete every key that starts with KEY.")
        private boolean prefix;

        @Option(names = "--if-version", paramLabel = "N", description = "Only if the key has this version.")
        private @Nullable Long ifVersion;

        @Override
        protected void check() {
            if (prefix && ifVersion != null) {
                throw CommandFailure.contradiction("--prefix", "--if-version");
            }
        }

        @Override
        protected int run(GavelClient client, Output out) {
            DeleteOptions options = prefix ? DeleteOptions.DEFAULT.withPrefix() : DeleteOptions.DEFAULT;
            if (ifVersion != null) {
                options = options.withIfVersion(ifVersion);
            }
            DeleteResult result = client.kv().delete(Bytes.utf8(key), options);
            out.document(
                    Json.object("revision", result.revision(), "deleted", result.deleted()),
                    new Table("REVISION", "DELETED").row(result.revision(), result.deleted()));
            return ExitCode.OK;
        }
    }

    @Command(
            name = "range",
            description = "List keys with a prefix, in order.",
            footer = {"", "Examples:", "  gavel kv range shop/", "  gavel kv range shop/ --keys-only --limit 10"})
    static final class Range extends ClientCommand {
        @Parameters(index = "0", paramLabel = "PREFIX", description = "\"\" = all keys.")
        private String prefix = "";

        @Option(names = "--limit", paramLabel = "N", description = "At most this many (default 1000).")
        private int limit = 1_000;

        @Option(names = "--keys-only", description = "Leave the values out.")
        private boolean keysOnly;

        @Mixin
        private ReadFlags read = new ReadFlags();

        @Override
        protected void check() {
            limit = (int) Arguments.atLeast("--limit", 1, limit);
        }

        @Override
        protected int run(GavelClient client, Output out) {
            List<Entry> entries = new ArrayList<>();
            RangeResult page = page(client, read.options(), Bytes.EMPTY, limit);
            long revision = page.revision();
            entries.addAll(page.entries());
            while (page.more() && entries.size() < limit) {
                page = page(
                        client,
                        read.options().withRevision(revision),
                        entries.getLast().key(),
                        limit - entries.size());
                entries.addAll(page.entries());
            }
            print(out, revision, entries, page.more());
            return ExitCode.OK;
        }

        private RangeResult page(GavelClient client, ReadOptions options, Bytes after, int most) {
            RangeOptions range =
                    RangeOptions.DEFAULT.withRead(options).withAfter(after).withLimit(Math.min(most, 10_000));
            return client.kv().range(Bytes.utf8(prefix), keysOnly ? range.withKeysOnly() : range);
        }

        private void print(Output out, long revision, List<Entry> entries, boolean more) {
            Listing<Entry> listing = Listing.of(entries, entry -> Documents.entry(entry, keysOnly))
                    .column("KEY", entry -> Documents.cell(entry.key()));
            if (!keysOnly) {
                listing.column("VALUE", entry -> Documents.cell(entry.value()))
                        .column("VERSION", Entry::version)
                        .column("MODIFIED AT", Entry::modRevision);
            }
            listing.print(
                    out,
                    Json.object(
                            "revision",
                            revision,
                            "count",
                            entries.size(),
                            "more",
                            more,
                            "entries",
                            listing.documents()));
        }
    }

    @Command(
            name = "count",
            description = "Count the keys with a prefix.",
            footer = {"", "Example:", "  gavel kv count shop/"})
    static final class Count extends ClientCommand {
        @Parameters(index = "0", paramLabel = "PREFIX", arity = "0..1", defaultValue = "")
        private String prefix = "";

        @Mixin
        private ReadFlags read = new ReadFlags();

        @Override
        protected int run(GavelClient client, Output out) {
            CountResult result = client.kv().count(Bytes.utf8(prefix), read.options());
            out.document(
                    Json.object("revision", result.revision(), "count", result.count()),
                    new Table("COUNT").row(result.count()));
            return ExitCode.OK;
        }
    }

    @Command(
            name = "compact",
            description = "Forget versions of keys that were replaced before a revision.",
            footer = {"", "Example:", "  gavel kv compact 41"})
    static final class Compact extends ClientCommand {
        @Parameters(index = "0", paramLabel = "REVISION")
        private long revision;

        @Override
        protected void check() {
            revision = Arguments.atLeast("REVISION", 1, revision);
        }

        @Override
        protected int run(GavelClient client, Output out) {
            client.kv().compact(revision);
            out.document(Json.object("compacted", revision), new Table("COMPACTED").row(revision));
            return ExitCode.OK;
        }
    }

    @Command(
            name = "watch",
            description = "Print every change of keys with a prefix as JSON lines, until Ctrl-C.",
            footer = {"", "Examples:", "  gavel kv watch shop/", "  gavel kv watch shop/ --from 41 | jq .key"})
    static final class WatchKeys extends ClientCommand {
        @Parameters(index = "0", paramLabel = "PREFIX")
        private String prefix = "";

        @Option(names = "--from", paramLabel = "R", description = "Start with this revision (default: now).")
        private long from;

        @Override
        protected int run(GavelClient client, Output out) throws InterruptedException {
            WatchOptions options = WatchOptions.prefix().withPrevious().withFrom(from);
            try (Watch<WatchEvent> watch = client.kv().watch(Bytes.utf8(prefix), options)) {
                Streams.untilInterrupted(watch, event -> out.event(document(event)));
            }
            return ExitCode.OK;
        }

        private static Map<String, @Nullable Object> document(WatchEvent event) {
            return switch (event) {
                case WatchEvent.Put put ->
                    line("put", put.revision(), put.entry().key(), put.entry(), put.replaced());
                case WatchEvent.Delete delete ->
                    line("delete", delete.revision(), delete.key(), null, delete.replaced());
                case WatchEvent.Snapshot snapshot -> {
                    Map<String, @Nullable Object> json = line("snapshot", snapshot.revision(), null, null, null);
                    json.put(
                            "entries",
                            snapshot.entries().stream()
                                    .map(e -> Documents.entry(e, false))
                                    .toList());
                    json.put("afterGap", snapshot.afterGap());
                    yield json;
                }
                case WatchEvent.Progress progress -> line("progress", progress.revision(), null, null, null);
            };
        }

        private static Map<String, @Nullable Object> line(
                String type, long revision, @Nullable Bytes key, @Nullable Entry entry, @Nullable Entry previous) {
            return Json.object(
                    "type",
                    type,
                    "revision",
                    revision,
                    "key",
                    key == null ? null : Documents.text(key),
                    "value",
                    entry == null ? null : Documents.text(entry.value()),
                    "prevValue",
                    previous == null ? null : Documents.text(previous.value()),
                    "version",
                    entry == null ? null : entry.version(),
                    "entries",
                    null);
        }
    }
}
