package io.gavel.cli.command;

import io.gavel.cli.ExitCode;
import io.gavel.cli.GlobalOptions;
import io.gavel.cli.output.Json;
import io.gavel.cli.output.Output;
import io.gavel.cli.output.Table;
import io.gavel.client.Bytes;
import io.gavel.client.GavelClient;
import io.gavel.client.cluster.ClusterStatus;
import io.gavel.client.cluster.MemberStatus;
import io.gavel.client.error.GavelException;
import java.io.PrintWriter;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `gavel status`.
@Command(
        name = "status",
        description = "Who leads, who is reachable, how far everybody is.",
        footer = {"", "Examples:", "  gavel status", "  gavel status -w", "  gavel status -o json | jq .leader"})
public final class StatusCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-w", "--watch"},
            description = "Again every second, until Ctrl-C.")
    private boolean watch;

    @Override
    public Integer call() throws InterruptedException {
        GlobalOptions global = GlobalOptions.of(spec);
        Output out = global.output();
        try (GavelClient client = global.client().build()) {
            if (watch) {
                watch(out, client);
            } else {
                print(out, client.cluster().status());
            }
        }
        return ExitCode.OK;
    }

    /// Goes on while the cluster is out of reach, for that is when one watches; not when nobody sees it any more.
    private void watch(Output out, GavelClient client) throws InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        try (Streams.SignalsEndWell _ = new Streams.SignalsEndWell()) {
            while (!out.isLost()) {
                try {
                    ClusterStatus status = client.cluster().status();
                    out.redraw();
                    print(out, status);
                } catch (GavelException unreachable) {
                    out.redraw();
                    err.println("gavel: " + unreachable.getMessage());
                    err.flush();
                }
                TimeUnit.SECONDS.sleep(1);
            }
        }
    }

    private static void print(Output out, ClusterStatus status) {
        Long digestIndex = commonCheckpoint(status.members());
        List<Map<String, @Nullable Object>> rows =
                status.members().stream().map(m -> member(m, digestIndex)).toList();
        Table table = new Table("ID", "ENDPOINT", "ROLE", "COMMITTED", "APPLIED", "DIGEST");
        for (MemberStatus member : status.members()) {
            boolean up = member.reachable();
            String digest = digest(member, digestIndex);
            table.row(
                    member.id(),
                    member.clientEndpoint(),
                    up ? member.role() : "unreachable",
                    up ? member.commitIndex() : null,
                    up ? member.lastApplied() : null,
                    digest == null ? null : digest.substring(0, 8) + "@" + digestIndex);
        }
        out.document(
                Json.object(
                        "clusterId",
                        HexFormat.of().formatHex(status.clusterId().toByteArray()),
                        "leader",
                        status.leader() == 0 ? null : status.leader(),
                        "term",
                        status.term(),
                        "revision",
                        status.revision(),
                        "members",
                        rows),
                table);
    }

    private static Map<String, @Nullable Object> member(MemberStatus member, @Nullable Long digestIndex) {
        boolean up = member.reachable();
        return Json.object(
                "id",
                member.id(),
                "endpoint",
                member.clientEndpoint(),
                "role",
                up ? member.role() : null,
                "reachable",
                up,
                "commitIndex",
                up ? member.commitIndex() : null,
                "lastApplied",
                up ? member.lastApplied() : null,
                "digestIndex",
                up ? digestIndex : null,
                "stateDigest",
                digest(member, digestIndex));
    }

    /// The highest checkpoint that every reachable member has passed and still remembers.
    private static @Nullable Long commonCheckpoint(List<MemberStatus> members) {
        TreeSet<Long> common = null;
        for (MemberStatus member : members) {
            if (member.reachable()) {
                TreeSet<Long> own = new TreeSet<>();
                member.checkpoints().forEach(c -> own.add(c.index()));
                if (common == null) {
                    common = own;
                } else {
                    common.retainAll(own);
                }
            }
        }
        return common == null || common.isEmpty() ? null : common.last();
    }

    private static @Nullable String digest(MemberStatus member, @Nullable Long index) {
        if (index == null || !member.reachable()) {
            return null;
        }
        return member.checkpoints().stream()
                .filter(c -> c.index() == index)
                .map(MemberStatus.Checkpoint::digest)
                .map(Bytes::toByteArray)
                .map(HexFormat.of()::formatHex)
                .findFirst()
                .orElse(null);
    }
}
