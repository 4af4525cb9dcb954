package io.gavel.cli.command;

import io.gavel.cli.ClientCommand;
import io.gavel.cli.CommandFailure;
import io.gavel.cli.CommandGroup;
import io.gavel.cli.ExitCode;
import io.gavel.cli.GlobalOptions;
import io.gavel.cli.output.Json;
import io.gavel.cli.output.Output;
import io.gavel.cli.output.Table;
import io.gavel.client.GavelClient;
import io.gavel.client.cluster.SnapshotHeader;
import io.gavel.client.error.ErrorCode;
import io.gavel.server.config.ConfigException;
import io.gavel.server.config.ServerConfig;
import io.gavel.server.config.ServerConfigLoader;
import io.gavel.server.restore.OfflineSnapshot;
import io.gavel.server.restore.RestoredCluster;
import io.gavel.server.snapshot.SnapshotManifest;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `gavel snapshot`.
@Command(
        name = "snapshot",
        description = "Backups: save the cluster's state, check a file, start a new cluster from it.",
        subcommands = {
            SnapshotCommands.Save.class,
            SnapshotCommands.Verify.class,
            SnapshotCommands.Inspect.class,
            SnapshotCommands.Restore.class
        })
public final class SnapshotCommands extends CommandGroup {

    @Command(
            name = "save",
            description = "Write a consistent snapshot to a file and verify it.",
            footer = {
                "",
                "It holds everything acknowledged before. When no majority answers it is the newest state of the",
                "members that do, and standard error says so. The file has its name only when it is complete, verified",
                "and durable; a power cut may leave a hidden file .FILE.….partial beside it. With - the bytes go to",
                "standard output, unverified, and nothing else does.",
                "",
                "Examples:",
                "  gavel snapshot save backup.snapshot",
                "  gavel snapshot save - | ssh vault 'cat > backup.snapshot'"
            })
    static final class Save extends ClientCommand {
        @Parameters(index = "0", paramLabel = "FILE", description = "Replaced if it exists; - = standard output.")
        private Path file = Path.of("-");

        @Override
        protected void check() {
            Path directory = file.toAbsolutePath().normalize().getParent();
            boolean writable = directory != null && Files.isDirectory(directory) && !Files.isDirectory(file);
            if (!writable) {
                throw CommandFailure.invalid("FILE", "a file in a directory that exists", file);
            }
        }

        @Override
        protected int run(GavelClient client, Output out) throws IOException {
            if (file.toString().equals("-")) {
                toStandardOutput(client, out);
                return ExitCode.OK;
            }
            try (BackupFile backup = new BackupFile(file)) {
                SnapshotHeader header = backup.write(sink -> client.cluster().saveSnapshot(sink));
                tell(header);
                try (OfflineSnapshot saved = open(backup.partial())) {
                    verified(saved, backup.partial());
                    backup.keep();
                    Map<String, @Nullable Object> json = document(file, saved);
                    json.put("confirmed", header.confirmed());
                    out.document(json, table(file, saved));
                }
            }
            return ExitCode.OK;
        }

        /// Output that is lost is reported as that of any command.
        private void toStandardOutput(GavelClient client, Output out) throws IOException {
            try {
                tell(client.cluster().saveSnapshot(out.bytes()));
            } catch (IOException e) {
                if (!out.isLost()) {
                    throw e;
                }
            }
        }

        private void tell(SnapshotHeader header) {
            if (!header.confirmed()) {
                warn("no majority confirmed the snapshot: it is the newest state of the members that answered, and may"
                        + " lack acknowledged writes");
            }
        }
    }

    @Command(
            name = "verify",
            description = "Check every byte of a snapshot file and the digest of the state in it; needs no cluster.",
            footer = {"", "Exit code 8 when it is damaged.", "", "Example:", "  gavel snapshot verify backup.snapshot"})
    static final class Verify extends FileCommand {
        @Override
        int run(OfflineSnapshot snapshot, Path file, Output out) throws IOException {
            verified(snapshot, file);
            out.document(document(file, snapshot), table(file, snapshot));
            return ExitCode.OK;
        }
    }

    @Command(
            name = "inspect",
            description = "Say what a snapshot file contains, without rebuilding the state; needs no cluster.",
            footer = {"", "Example:", "  gavel snapshot inspect backup.snapshot -o json"})
    static final class Inspect extends FileCommand {
        @Override
        int run(OfflineSnapshot snapshot, Path file, Output out) throws IOException {
            SnapshotManifest manifest = snapshot.manifest();
            Map<String, @Nullable Object> json = document(file, snapshot);
            List<Map<String, @Nullable Object>> members = manifest.meta().configuration().members().stream()
                    .map(m -> Json.object("id", m.id().value(), "uuid", m.uuid().toString(), "peer", m.peerAddress()))
                    .toList();
            json.put("clusterId", manifest.origin().clusterId());
            json.put("incarnation", Long.toString(manifest.origin().incarnation()));
            json.put("records", manifest.content().records());
            json.put("members", members);
            Table table = new Table("FIELD", "VALUE");
            json.forEach((name, value) ->
                    table.row(name, value instanceof Map || value instanceof List ? Json.write(value) : value));
            out.document(json, table);
            return ExitCode.OK;
        }
    }

    @Command(
            name = "restore",
            description = "Prepare the data directories of a new cluster from a snapshot file.",
            footer = {
                "",
                "Makes DIR/member-ID for each listed member, all of one new cluster: bring each to its machine, give",
                "it to `server start --data`. Sessions, what they held and ephemeral keys go; revisions and tokens",
                "go on above any the old cluster can have issued; locks are granted again after the longest session of",
                "the old cluster must have noticed.",
                "",
                "Example:",
                "  gavel snapshot restore backup.snapshot --data ./restored \\",
                "      --cluster 1=10.0.0.1:7401/10.0.0.1:7400,2=10.0.0.2:7401/10.0.0.2:7400"
            })
    static final class Restore extends FileCommand {
        @Option(names = "--data", required = true, paramLabel = "DIR", description = "Where the directories are made.")
        private Path data = Path.of("");

        @Option(
                names = "--cluster",
                required = true,
                paramLabel = "ID=PEER/CLIENT,…",
                description = "The members of the new cluster.")
        private String cluster = "";

        @Override
        int run(OfflineSnapshot snapshot, Path file, Output out) throws IOException {
            List<ServerConfig.ClusterMember> members = members();
            verified(snapshot, file);
            RestoredCluster restored = prepare(snapshot, members);
            Table table = new Table("ID", "UUID", "DATA");
            restored.members().forEach(m -> table.row(m.id(), m.uuid(), m.directory()));
            List<Map<String, @Nullable Object>> rows = restored.members().stream()
                    .map(m -> Json.object(
                            "id",
                            m.id().value(),
                            "uuid",
                            m.uuid().toString(),
                            "data",
                            m.directory().toString()))
                    .toList();
            out.document(
                    Json.object(
                            "file",
                            file.toString(),
                            "clusterId",
                            restored.clusterId().toString(),
                            "revision",
                            restored.revision(),
                            "members",
                            rows),
                    table);
            return ExitCode.OK;
        }

        private RestoredCluster prepare(OfflineSnapshot snapshot, List<ServerConfig.ClusterMember> members)
                throws IOException {
            try {
                return RestoredCluster.prepare(
                        snapshot,
                        data,
                        members,
                        new SecureRandom(),
                        Instant.now().getEpochSecond());
            } catch (DirectoryNotEmptyException occupied) {
                throw new CommandFailure(
                        ExitCode.CONFLICT,
                        ErrorCode.FAILED_PRECONDITION,
                        "directory " + occupied.getMessage() + " is not empty",
                        "a restore never overwrites: choose another --data");
            }
        }

        /// The list has one reader, so that it means here what it means to `server start`.
        private List<ServerConfig.ClusterMember> members() {
            String first =
                    cluster.substring(0, Math.max(0, cluster.indexOf('='))).strip();
            try {
                return ServerConfigLoader.load(Map.of("id", first, "data", data.toString(), "cluster", cluster))
                        .config()
                        .cluster();
            } catch (ConfigException refused) {
                throw CommandFailure.config(refused, "");
            }
        }
    }

    /// A command on one file, without a cluster.
    abstract static class FileCommand implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Parameters(index = "0", paramLabel = "FILE")
        private Path file = Path.of("");

        abstract int run(OfflineSnapshot snapshot, Path file, Output out) throws IOException;

        @Override
        public final Integer call() throws IOException {
            if (!Files.isRegularFile(file)) {
                throw CommandFailure.invalid("FILE", "a file that exists", file);
            }
            try (OfflineSnapshot snapshot = open(file)) {
                return run(snapshot, file, GlobalOptions.of(spec).output());
            }
        }
    }

    private static OfflineSnapshot open(Path file) throws IOException {
        try {
            return OfflineSnapshot.open(file);
        } catch (OfflineSnapshot.DamagedException damaged) {
            throw damaged(file, damaged);
        }
    }

    private static void verified(OfflineSnapshot snapshot, Path file) throws IOException {
        try {
            snapshot.verifyState();
        } catch (OfflineSnapshot.DamagedException damaged) {
            throw damaged(file, damaged);
        }
    }

    private static CommandFailure damaged(Path file, OfflineSnapshot.DamagedException damaged) {
        return new CommandFailure(
                ExitCode.CHECK_FAILED,
                ErrorCode.FAILED_PRECONDITION,
                "file " + file + " is no intact snapshot: " + damaged.getMessage(),
                "take another: gavel snapshot save");
    }

    private static Map<String, @Nullable Object> document(Path file, OfflineSnapshot snapshot) throws IOException {
        SnapshotManifest manifest = snapshot.manifest();
        return Json.object(
                "file",
                file.toString(),
                "revision",
                manifest.origin().revision(),
                "lastIncluded",
                Json.object(
                        "term",
                        manifest.meta().lastIncluded().term(),
                        "index",
                        manifest.meta().lastIncluded().index()),
                "digest",
                snapshot.digest(),
                "bytes",
                snapshot.length());
    }

    private static Table table(Path file, OfflineSnapshot snapshot) throws IOException {
        SnapshotManifest manifest = snapshot.manifest();
        return new Table("FILE", "REVISION", "LAST INCLUDED", "DIGEST", "BYTES")
                .row(
                        file,
                        manifest.origin().revision(),
                        manifest.meta().lastIncluded().index() + " of term "
                                + manifest.meta().lastIncluded().term(),
                        snapshot.digest(),
                        snapshot.length());
    }
}
