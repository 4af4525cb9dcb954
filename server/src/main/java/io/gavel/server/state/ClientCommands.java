package io.gavel.server.state;

import com.google.protobuf.InvalidProtocolBufferException;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Compact;
import io.gavel.protocol.v1.Done;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.EvictSession;
import io.gavel.server.entry.Envelope;
import io.gavel.server.entry.Refusals;
import io.gavel.server.entry.RequestStamp;
import io.gavel.server.entry.UnsupportedEntryException;
import io.gavel.server.state.kv.KeyValueCommands;
import io.gavel.server.state.session.Admission;
import io.gavel.server.state.table.EndedSession;
import io.gavel.server.state.table.OwnershipTable;
import io.gavel.server.state.table.RecordHash;

/// Executes clients' commands, each at most once. Confined to the apply agent.
final class ClientCommands {
    private static final byte[] NO_KEY = {};

    private final Tables tables;
    private final KeyValueCommands keys;
    private final SessionEnding ending;
    private final RecordHash hash = new RecordHash();

    ClientCommands(Tables tables, KeyValueCommands keys, SessionEnding ending) {
        this.tables = tables;
        this.keys = keys;
        this.ending = ending;
    }

    void apply(Envelope envelope, EntryContext context) {
        Command command = decode(envelope);
        RequestStamp stamp = envelope.stamp();
        if (!stamp.hasSession()) {
            context.answer(execute(command, context));
            return;
        }
        long commandHash = hashOf(envelope, command);
        switch (tables.sessions.admit(stamp, commandHash, context.settings())) {
            case Admission.Execute() -> {
                CommandResult result = execute(command, context);
                tables.sessions.store(stamp, commandHash, result);
                context.answer(result);
            }
            case Admission.Replay(CommandResult result) -> context.answer(result);
            case Admission.Refuse(Error error) -> context.answer(refusal(error, context));
            case Admission.RefuseForGood(Error error) -> {
                CommandResult result = isRelief(command) ? execute(command, context) : refusal(error, context);
                tables.sessions.store(stamp, commandHash, result);
                context.answer(result);
            }
            case Admission.EndSession(Error error) -> {
                long grantableAt = tables.sessions.deadlineNanos(stamp.sessionId());
                ending.end(
                        new EndedSession(stamp.sessionId(), EndedSession.Reason.WINDOW_EXCEEDED, grantableAt), context);
                context.answer(refusal(error, context));
            }
        }
    }

    private static Command decode(Envelope envelope) {
        try {
            return Command.parser()
                    .parseFrom(envelope.payload().bytes(), Envelope.HEADER_BYTES, envelope.commandLength());
        } catch (InvalidProtocolBufferException e) {
            throw new UnsupportedEntryException("a logged command cannot be decoded", e);
        }
    }

    /// Of what the client sent: two attempts at different times may have been checked against different schemas.
    private long hashOf(Envelope envelope, Command command) {
        if (command.hasSchemaCheck()) {
            byte[] sent = command.toBuilder().clearSchemaCheck().build().toByteArray();
            hash.compute(NO_KEY, 0, sent, 0, sent.length);
        } else {
            hash.compute(NO_KEY, 0, envelope.payload().bytes(), Envelope.HEADER_BYTES, envelope.commandLength());
        }
        return hash.high();
    }

    private static CommandResult refusal(Error error, EntryContext context) {
        return CommandResult.newBuilder()
                .setRevision(context.revision())
                .setDecided(true)
                .setError(error)
                .build();
    }

    /// Commands that give something back must not be held up by full quotas; their results are a few bytes.
    private static boolean isRelief(Command command) {
        return switch (command.getKindCase()) {
            case CLOSE_SESSION,
                    EVICT_SESSION,
                    COMPACT,
                    RELEASE_LOCK,
                    WITHDRAW,
                    FORCE_RELEASE_LOCK,
                    CONFIRM_LOSS,
                    RESIGN -> true;
            case DELETE -> !command.getDelete().getReturnPrevious();
            case OPEN_SESSION,
                    PUT,
                    TXN,
                    ACQUIRE_LOCK,
                    CAMPAIGN,
                    PROCLAIM,
                    TRANSFER_ELECTION,
                    PUBLISH_CONFIG,
                    ROLLBACK_CONFIG,
                    SET_SCHEMA,
                    KIND_NOT_SET -> false;
        };
    }

    private CommandResult execute(Command command, EntryContext context) {
        CommandResult.Builder result = switch (command.getKindCase()) {
            case OPEN_SESSION -> openSession(command, context);
            case CLOSE_SESSION -> closeSession(context);
            case EVICT_SESSION -> evictSession(command.getEvictSession(), context);
            case PUT, DELETE, TXN -> keys.execute(command, context);
            case COMPACT -> compact(command.getCompact(), context);
            case ACQUIRE_LOCK, RELEASE_LOCK, FORCE_RELEASE_LOCK -> tables.locks.execute(command, context);
            case CAMPAIGN, PROCLAIM, RESIGN, TRANSFER_ELECTION -> tables.elections.execute(command, context);
            case WITHDRAW -> owners(command.getWithdraw().getElection()).execute(command, context);
            case CONFIRM_LOSS -> owners(command.getConfirmLoss().getElection()).execute(command, context);
            case PUBLISH_CONFIG, ROLLBACK_CONFIG, SET_SCHEMA -> tables.config.execute(command, context);
            case KIND_NOT_SET -> empty(command);
        };
        return result.setRevision(context.revision()).setDecided(true).build();
    }

    private OwnershipTable owners(boolean election) {
        return election ? tables.elections : tables.locks;
    }

    private static CommandResult.Builder empty(Command command) {
        if (!command.getUnknownFields().isEmpty()) {
            throw new UnsupportedEntryException("unknown kind of command");
        }
        return CommandResult.newBuilder().setError(Refusals.invalid("command", "one variant", "none", "no command"));
    }

    private CommandResult.Builder openSession(Command command, EntryContext context) {
        if (context.sessionId() != 0) {
            return CommandResult.newBuilder()
                    .setError(Refusals.invalid(
                            "open_session", "no session", context.sessionId(), "a session cannot open another"));
        }
        return tables.sessions.open(command.getOpenSession(), context.settings(), tables.header::nextSession);
    }

    private CommandResult.Builder closeSession(EntryContext context) {
        if (context.sessionId() == 0) {
            return CommandResult.newBuilder()
                    .setError(Refusals.invalid("close_session", "a session", "none", "there is no session to close"));
        }
        ending.end(new EndedSession(context.sessionId(), EndedSession.Reason.CLOSED, 0), context);
        return done();
    }

    private CommandResult.Builder evictSession(EvictSession evict, EntryContext context) {
        long sessionId = evict.getSessionId();
        if (!tables.sessions.exists(sessionId)) {
            return CommandResult.newBuilder().setError(Refusals.notFound("session", Long.toString(sessionId)));
        }
        long grantableAt = evict.getNow() ? 0 : tables.sessions.deadlineNanos(sessionId);
        ending.end(new EndedSession(sessionId, EndedSession.Reason.EVICTED, grantableAt), context);
        return done();
    }

    private CommandResult.Builder compact(Compact compact, EntryContext context) {
        if (Long.compareUnsigned(compact.getRevision(), context.revision()) > 0) {
            return CommandResult.newBuilder()
                    .setError(Refusals.tooLarge("compact.revision", context.revision(), compact.getRevision()));
        }
        compactTo(compact.getRevision(), tables, context);
        return done();
    }

    /// Raises the compaction floor, if it is below.
    static void compactTo(long revision, Tables tables, EntryContext context) {
        if (revision > tables.header.oldestRevision) {
            tables.header.oldestRevision = revision;
            tables.store.compact(revision);
            context.tellCompacted(revision);
        }
    }

    private static CommandResult.Builder done() {
        return CommandResult.newBuilder().setDone(Done.getDefaultInstance());
    }
}
