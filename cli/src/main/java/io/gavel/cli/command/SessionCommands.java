package io.gavel.cli.command;

import io.gavel.cli.ClientCommand;
import io.gavel.cli.CommandFailure;
import io.gavel.cli.CommandGroup;
import io.gavel.cli.Durations;
import io.gavel.cli.ExitCode;
import io.gavel.cli.output.Json;
import io.gavel.cli.output.Listing;
import io.gavel.cli.output.Output;
import io.gavel.cli.output.Table;
import io.gavel.client.GavelClient;
import io.gavel.client.error.ErrorCode;
import io.gavel.client.session.SessionStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `gavel session`.
@Command(
        name = "session",
        description = "Sessions: who is connected and what they hold.",
        subcommands = {SessionCommands.ListSessions.class, SessionCommands.Show.class, SessionCommands.Evict.class})
public final class SessionCommands extends CommandGroup {
    private static final int PAGE = 1_000;

    @Command(
            name = "ls",
            description = "List the open sessions.",
            footer = {"", "Examples:", "  gavel session ls", "  gavel session ls -o jsonl"})
    static final class ListSessions extends ClientCommand {
        @Override
        protected int run(GavelClient client, Output out) {
            List<SessionStatus> sessions = new ArrayList<>();
            List<SessionStatus> page = client.sessions().list(0, PAGE);
            while (!page.isEmpty()) {
                sessions.addAll(page);
                page = page.size() < PAGE
                        ? List.of()
                        : client.sessions().list(page.getLast().id(), PAGE);
            }
            listing(sessions).print(out, "sessions");
            return ExitCode.OK;
        }
    }

    @Command(
            name = "show",
            description = "Show one session.",
            footer = {"", "Example:", "  gavel session show 281474976710657"})
    static final class Show extends ClientCommand {
        @Parameters(index = "0", paramLabel = "ID")
        private String id = "";

        private long session;

        @Override
        protected void check() {
            session = Arguments.session("ID", id);
        }

        @Override
        protected int run(GavelClient client, Output out) {
            SessionStatus found = client.sessions()
                    .describe(session)
                    .orElseThrow(() -> new CommandFailure(
                            ExitCode.NOT_FOUND, ErrorCode.NOT_FOUND, "session " + id + " does not exist", ""));
            out.document(document(found), listing(List.of(found)).table());
            return ExitCode.OK;
        }
    }

    @Command(
            name = "evict",
            description = "End a session; everything it holds is released.",
            footer = {"", "Example:", "  gavel session evict 281474976710657"})
    static final class Evict extends ClientCommand {
        @Parameters(index = "0", paramLabel = "ID")
        private String id = "";

        @Option(
                names = "--now",
                description = "Grant its locks at once. Its isHeld() may stay true until its deadline: only the"
                        + " tokens protect from it.")
        private boolean now;

        private long session;

        @Override
        protected void check() {
            session = Arguments.session("ID", id);
        }

        @Override
        protected int run(GavelClient client, Output out) {
            client.sessions().evict(session, now);
            out.document(Json.object("evicted", id), new Table("EVICTED").row(id));
            return ExitCode.OK;
        }
    }

    private static Map<String, @Nullable Object> document(SessionStatus session) {
        return Json.object(
                "id",
                Documents.id(session.id()),
                "owner",
                session.owner(),
                "ttlMillis",
                session.ttl().toMillis(),
                "remainingMillis",
                session.remaining().toMillis(),
                "holds",
                session.holds(),
                "ephemeralKeys",
                session.ephemeralKeys());
    }

    private static Listing<SessionStatus> listing(List<SessionStatus> sessions) {
        return Listing.of(sessions, SessionCommands::document)
                .column("SESSION", session -> Documents.id(session.id()))
                .column("OWNER", SessionStatus::owner)
                .column("TTL", session -> Durations.text(session.ttl()))
                .column("LEFT", session -> Durations.text(session.remaining()))
                .column("HOLDS", session -> String.join(" ", session.holds()));
    }
}
