package io.gavel.cli.command;

import io.gavel.cli.ClientCommand;
import io.gavel.cli.CommandFailure;
import io.gavel.cli.CommandGroup;
import io.gavel.cli.ExitCode;
import io.gavel.cli.GlobalOptions;
import io.gavel.cli.output.Json;
import io.gavel.cli.output.Listing;
import io.gavel.cli.output.Output;
import io.gavel.cli.output.Table;
import io.gavel.client.GavelClient;
import io.gavel.client.election.Election;
import io.gavel.client.election.ElectionStatus;
import io.gavel.client.election.Leader;
import io.gavel.client.election.LeaderChange;
import io.gavel.client.election.Leadership;
import io.gavel.client.error.ErrorCode;
import io.gavel.client.watch.Watch;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `gavel election`.
@Command(
        name = "election",
        description = "Leader elections of applications.",
        subcommands = {
            ElectionCommands.CampaignFor.class,
            ElectionCommands.Show.class,
            ElectionCommands.ListElections.class,
            ElectionCommands.Observe.class,
            ElectionCommands.Resign.class,
            ElectionCommands.Transfer.class
        })
public final class ElectionCommands extends CommandGroup {

    @Command(
            name = "campaign",
            description = "Run a command while leading; its exit code is passed on.",
            footer = {
                "",
                "Exit codes of its own: 120 not elected in time, 121 leadership lost while the command ran.",
                "The command sees GAVEL_ELECTION, GAVEL_FENCING_TOKEN and GAVEL_SESSION.",
                "",
                "Examples:",
                "  gavel election campaign billing --proposal node-1 -- ./billing",
                "  gavel election campaign billing --proposal node-1 --wait 30s -- ./billing"
            })
    static final class CampaignFor implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Parameters(index = "0", paramLabel = "NAME")
        private String name = "";

        @Parameters(index = "1..*", arity = "1..*", paramLabel = "CMD")
        private List<String> command = List.of();

        @Option(names = "--proposal", required = true, paramLabel = "V", description = "What observers see of you.")
        private String proposal = "";

        @Option(names = "--wait", paramLabel = "D", description = "Wait at most this long; 0 = try once.")
        private @Nullable Duration wait;

        @Option(names = "--ttl", defaultValue = "10s", paramLabel = "D", description = "Session TTL (default 10s).")
        private Duration ttl = Duration.ofSeconds(10);

        @Option(names = "--grace", defaultValue = "5s", paramLabel = "D", description = "From TERM to KILL.")
        private Duration grace = Duration.ofSeconds(5);

        @Override
        public Integer call() throws Exception {
            Arguments.grace(grace);
            try (GavelClient client =
                            GlobalOptions.of(spec).client().sessionTtl(ttl).build();
                    ChildProcess child = new ChildProcess(command, grace, client::close)) {
                Election election = client.elections().election(name);
                Optional<Leadership> elected =
                        wait == null ? Optional.of(election.campaign(proposal)) : election.campaign(proposal, wait);
                Leadership leadership = elected.orElseThrow(() -> new CommandFailure(
                        ExitCode.NOT_ACQUIRED,
                        ErrorCode.CONFLICT,
                        "not elected in \"" + name + "\" in time",
                        "gavel election show " + name + " shows who leads"));
                return child.run(
                        leadership,
                        ErrorCode.LEADERSHIP_LOST,
                        Map.of(
                                "GAVEL_ELECTION",
                                name,
                                "GAVEL_FENCING_TOKEN",
                                Long.toString(leadership.fencingToken()),
                                "GAVEL_SESSION",
                                Documents.id(leadership.sessionId())));
            }
        }
    }

    @Command(
            name = "show",
            description = "Show who leads and how many wait.",
            footer = {"", "Example:", "  gavel election show billing"})
    static final class Show extends ClientCommand {
        @Parameters(index = "0", paramLabel = "NAME")
        private String name = "";

        @Override
        protected int run(GavelClient client, Output out) {
            ElectionStatus election = client.elections().election(name).describe();
            out.document(document(election), listing(List.of(election)).table());
            return ExitCode.OK;
        }
    }

    @Command(
            name = "ls",
            description = "List elections with a leader or candidates.",
            footer = {"", "Example:", "  gavel election ls billing/"})
    static final class ListElections extends ClientCommand {
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
            listing(client.elections().list(prefix, "", limit)).print(out, "elections");
            return ExitCode.OK;
        }
    }

    @Command(
            name = "observe",
            description = "Print the leader and every change as JSON lines, until Ctrl-C.",
            footer = {"", "Example:", "  gavel election observe billing | jq .leader.proposal"})
    static final class Observe extends ClientCommand {
        @Parameters(index = "0", paramLabel = "NAME")
        private String name = "";

        @Override
        protected int run(GavelClient client, Output out) throws InterruptedException {
            try (Watch<LeaderChange> changes = client.elections().election(name).observe()) {
                Streams.untilInterrupted(
                        changes,
                        change -> out.event(Json.object(
                                "name",
                                name,
                                "revision",
                                change.revision(),
                                "leader",
                                leader(change.head()),
                                "afterGap",
                                change.afterGap())));
            }
            return ExitCode.OK;
        }
    }

    @Command(
            name = "resign",
            description = "Take leadership away from whoever leads; the next candidate follows.",
            footer = {"", "Example:", "  gavel election resign billing --force"})
    static final class Resign extends ClientCommand {
        @Parameters(index = "0", paramLabel = "NAME")
        private String name = "";

        @Option(names = "--force", description = "Required: the leader did not ask for this.")
        private boolean force;

        @Option(names = "--now", description = "Do not wait until the old leader must have noticed.")
        private boolean now;

        @Override
        protected void check() {
            Arguments.confirmed(force, "election resign deposes a live leader");
        }

        @Override
        protected int run(GavelClient client, Output out) {
            ElectionStatus election = client.elections().election(name).describe();
            Leader leader = election.leader()
                    .orElseThrow(() -> new CommandFailure(
                            ExitCode.NOT_FOUND, ErrorCode.NOT_FOUND, "nobody leads \"" + name + "\"", ""));
            if (election.candidates().isEmpty()) {
                client.sessions().evict(leader.session(), now);
            } else {
                client.elections()
                        .election(name)
                        .transfer(election.candidates().getFirst().session(), now);
            }
            out.document(
                    Json.object("name", name, "deposed", Documents.id(leader.session())),
                    new Table("DEPOSED").row(leader.owner()));
            return ExitCode.OK;
        }
    }

    @Command(
            name = "transfer",
            description = "Hand leadership to a candidate.",
            footer = {"", "Example:", "  gavel election transfer billing --to 281474976710657"})
    static final class Transfer extends ClientCommand {
        @Parameters(index = "0", paramLabel = "NAME")
        private String name = "";

        @Option(names = "--to", required = true, paramLabel = "SESSION", description = "The candidate's session.")
        private String to = "";

        @Option(names = "--now", description = "Do not wait until the old leader must have noticed.")
        private boolean now;

        private long session;

        @Override
        protected void check() {
            session = Arguments.session("--to", to);
        }

        @Override
        protected int run(GavelClient client, Output out) {
            client.elections().election(name).transfer(session, now);
            out.document(Json.object("name", name, "to", to), new Table("TO").row(to));
            return ExitCode.OK;
        }
    }

    private static Map<String, @Nullable Object> document(ElectionStatus election) {
        return Json.object(
                "name",
                election.name(),
                "leader",
                leader(election.head()),
                "candidates",
                election.candidates().size());
    }

    private static @Nullable Object leader(@Nullable Leader leader) {
        return leader == null
                ? null
                : Json.object(
                        "session",
                        Documents.id(leader.session()),
                        "token",
                        leader.fencingToken(),
                        "owner",
                        leader.owner(),
                        "proposal",
                        leader.proposal());
    }

    private static Listing<ElectionStatus> listing(List<ElectionStatus> elections) {
        return Listing.of(elections, ElectionCommands::document)
                .column("ELECTION", ElectionStatus::name)
                .column("LEADER", election -> ofLeader(election, Leader::owner))
                .column("PROPOSAL", election -> ofLeader(election, Leader::proposal))
                .column("TOKEN", election -> ofLeader(election, Leader::fencingToken))
                .column("CANDIDATES", election -> election.candidates().size());
    }

    private static @Nullable Object ofLeader(ElectionStatus election, Function<Leader, Object> field) {
        Leader leader = election.head();
        return leader == null ? null : field.apply(leader);
    }
}
