package io.gavel.cli.command;

import io.gavel.cli.ClientCommand;
import io.gavel.cli.CommandGroup;
import io.gavel.cli.ExitCode;
import io.gavel.cli.output.Json;
import io.gavel.cli.output.Listing;
import io.gavel.cli.output.Output;
import io.gavel.cli.output.Table;
import io.gavel.client.GavelClient;
import io.gavel.client.cluster.MemberStatus;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `gavel member`.
@Command(
        name = "member",
        description = "Members of the cluster; an unsafe step is refused with the reason.",
        subcommands = {
            MemberCommands.ListMembers.class,
            MemberCommands.Add.class,
            MemberCommands.Promote.class,
            MemberCommands.Remove.class,
            MemberCommands.Replace.class,
            MemberCommands.TransferLeader.class
        })
public final class MemberCommands extends CommandGroup {

    @Command(
            name = "ls",
            description = "List the members. Needs a quorum; gavel status does not.",
            footer = {"", "Example:", "  gavel member ls -o json"})
    static final class ListMembers extends ClientCommand {
        @Override
        protected int run(GavelClient client, Output out) {
            print(out, client.cluster().members());
            return ExitCode.OK;
        }
    }

    @Command(
            name = "add",
            description = "Add a learner; its server prints its uuid while it waits to be added.",
            footer = {"", "Example:", "  gavel member add 4 --uuid 3f… --peer 10.0.0.4:7401"})
    static final class Add extends ClientCommand {
        @Parameters(index = "0", paramLabel = "ID")
        private int id;

        @Option(names = "--uuid", required = true, paramLabel = "U")
        private String uuid = "";

        @Option(names = "--peer", required = true, paramLabel = "H:P", description = "Where it listens for members.")
        private String peer = "";

        @Override
        protected int run(GavelClient client, Output out) {
            print(out, client.cluster().addLearner(Arguments.memberId("ID", id), uuid, peer));
            return ExitCode.OK;
        }
    }

    @Command(
            name = "promote",
            description = "Make a caught-up learner a voter.",
            footer = {"", "Example:", "  gavel member promote 4"})
    static final class Promote extends ClientCommand {
        @Parameters(index = "0", paramLabel = "ID")
        private int id;

        @Override
        protected int run(GavelClient client, Output out) {
            print(out, client.cluster().promote(Arguments.memberId("ID", id)));
            return ExitCode.OK;
        }
    }

    @Command(
            name = "remove",
            description = "Remove a member.",
            footer = {"", "Example:", "  gavel member remove 3"})
    static final class Remove extends ClientCommand {
        @Parameters(index = "0", paramLabel = "ID")
        private int id;

        @Override
        protected int run(GavelClient client, Output out) {
            print(out, client.cluster().remove(Arguments.memberId("ID", id)));
            return ExitCode.OK;
        }
    }

    @Command(
            name = "replace",
            description = "Swap a voter for a caught-up learner in one step.",
            footer = {"", "Example:", "  gavel member replace 3 4"})
    static final class Replace extends ClientCommand {
        @Parameters(index = "0", paramLabel = "OLD")
        private int outgoing;

        @Parameters(index = "1", paramLabel = "LEARNER")
        private int learner;

        @Override
        protected int run(GavelClient client, Output out) {
            print(
                    out,
                    client.cluster()
                            .replace(Arguments.memberId("OLD", outgoing), Arguments.memberId("LEARNER", learner)));
            return ExitCode.OK;
        }
    }

    @Command(
            name = "transfer-leader",
            description = "Hand leadership to another voter.",
            footer = {"", "Examples:", "  gavel member transfer-leader", "  gavel member transfer-leader 2"})
    static final class TransferLeader extends ClientCommand {
        @Parameters(index = "0", arity = "0..1", paramLabel = "ID", description = "Default: the best candidate.")
        private @Nullable Integer to;

        @Override
        protected int run(GavelClient client, Output out) {
            int leader = client.cluster().transferLeadership(to == null ? 0 : Arguments.memberId("ID", to));
            out.document(Json.object("leader", leader), new Table("LEADER").row(leader));
            return ExitCode.OK;
        }
    }

    private static void print(Output out, List<MemberStatus> members) {
        Listing.of(members, MemberCommands::document)
                .column("ID", MemberStatus::id)
                .column("ROLE", MemberCommands::role)
                .column("CLIENT", MemberStatus::clientEndpoint)
                .column("PEER", MemberStatus::peerEndpoint)
                .column("UUID", MemberStatus::uuid)
                .print(out, "members");
    }

    private static Map<String, @Nullable Object> document(MemberStatus member) {
        return Json.object(
                "id",
                member.id(),
                "uuid",
                member.uuid(),
                "peer",
                member.peerEndpoint(),
                "client",
                member.clientEndpoint(),
                "role",
                role(member));
    }

    /// What a voter is at the moment it must say itself; null while it does not answer.
    private static @Nullable String role(MemberStatus member) {
        return member.role().isEmpty() ? null : member.role();
    }
}
