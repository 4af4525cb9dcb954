package io.gavel.client.internal.core;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import io.gavel.protocol.v1.ClientFrame;
import io.gavel.protocol.v1.ClientFrames;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.CountResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.GetResult;
import io.gavel.protocol.v1.HelloReply;
import io.gavel.protocol.v1.Outcome;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.ResponseHeader;
import io.gavel.protocol.v1.ServerFrame;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.protocol.v1.SessionList;
import io.gavel.protocol.v1.SessionRef;
import io.gavel.protocol.v1.SessionState;
import io.gavel.protocol.v1.StreamCommand;
import io.gavel.protocol.v1.StreamCommandResult;
import io.gavel.protocol.v1.StreamReadResult;
import io.gavel.protocol.v1.StreamRenewed;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A small model of the service as the contract states it: sessions with results, keys, locks and elections as queues,
 * configuration releases. One state, any number of members and streams; no consensus and no time of its own.
 */
final class SimCluster {
    static final ByteString ID = ByteString.copyFromUtf8("sim-cluster-0001");

    static final class Session {
        final long id;
        final ByteString nonce;
        final long ttlNanos;
        final String owner;
        final TreeMap<Long, CommandResult> results = new TreeMap<>();
        long deadline;
        long floor;
        boolean over;

        Session(long id, ByteString nonce, long ttlNanos, String owner) {
            this.id = id;
            this.nonce = nonce;
            this.ttlNanos = ttlNanos;
            this.owner = owner;
        }
    }

    /** One stream to one member. */
    final class Stream {
        private final Consumer<ServerFrame> replies;
        private @Nullable Session session;
        private boolean hello;

        Stream(Consumer<ServerFrame> replies) {
            this.replies = replies;
        }

        void onFrames(ClientFrames frames) {
            for (ClientFrame frame : frames.getFramesList()) {
                onFrame(frame);
            }
        }

        void onFrame(ClientFrame frame) {
            switch (frame.getKindCase()) {
                case HELLO -> onHello(frame.getHello().getSession());
                case COMMAND -> onCommand(frame.getCommand());
                case READ ->
                    reply(ServerFrame.newBuilder()
                            .setRead(StreamReadResult.newBuilder()
                                    .setReadId(frame.getRead().getReadId())
                                    .setResult(read(frame.getRead().getQuery()))));
                case RENEW -> onRenew(frame.getRenew().getRenewalId());
                case KIND_NOT_SET -> throw new AssertionError("a frame without a kind");
            }
        }

        void close() {
            streams.remove(this);
        }

        private void onHello(SessionRef ref) {
            hello = true;
            streams.add(this);
            HelloReply.Builder answer = HelloReply.newBuilder()
                    .setProtocol(1)
                    .setHeader(ResponseHeader.newBuilder()
                            .setClusterId(ID)
                            .setIncarnation(incarnation)
                            .setRevision(revision));
            if (ref.getSessionId() != 0) {
                session = alive(ref.getSessionId());
                if (session == null) {
                    answer.setError(expired());
                }
            }
            reply(ServerFrame.newBuilder().setHello(answer));
            if (session != null) {
                locks.repeatEvents(session);
            }
        }

        boolean carriesSession() {
            return session != null;
        }

        private void onRenew(long renewalId) {
            StreamRenewed.Builder renewed = StreamRenewed.newBuilder().setRenewalId(renewalId);
            Session own = session == null ? null : alive(session.id);
            if (!available) {
                renewed.setError(unavailable());
            } else if (own == null) {
                renewed.setError(expired());
            } else {
                own.deadline = now + own.ttlNanos;
            }
            reply(ServerFrame.newBuilder().setRenewed(renewed));
        }

        private void onCommand(StreamCommand command) {
            if (!hello) {
                throw new AssertionError("a command before hello");
            }
            boolean invalid = command.getCommand().equals(refused);
            CommandResult result = available && !overloaded && !invalid
                    ? execute(session, command.getSequence(), command.getFloor(), command.getCommand())
                    : CommandResult.newBuilder()
                            .setError(invalid ? invalid() : overloaded ? overloaded() : unavailable())
                            .build();
            reply(ServerFrame.newBuilder()
                    .setCommand(StreamCommandResult.newBuilder()
                            .setSequence(command.getSequence())
                            .setResult(result)));
        }

        private void reply(ServerFrame.Builder frame) {
            if (newer) {
                replies.accept(
                        ServerFrame.newBuilder().setUnknownFields(novelty()).build());
            }
            replies.accept(frame.build());
        }
    }

    final Map<Long, Session> sessions = new LinkedHashMap<>();
    final List<String> executed = new ArrayList<>();
    final SimLocks locks = new SimLocks(this);
    final SimWatches watches = new SimWatches(this);
    final SimStore store = new SimStore(this);
    final TreeMap<String, io.gavel.protocol.v1.KeyValue> keys = store.keys;
    final SimConfig config = new SimConfig(this);
    private final List<Stream> streams = new ArrayList<>();
    boolean available = true;
    boolean overloaded;
    /** Members are of a newer version, which also sends messages of kinds that nobody here knows. */
    boolean newer;
    /** Members find this command invalid before they propose it. */
    ByteString refused = ByteString.EMPTY;

    long incarnation = 7;
    long now;
    long revision = 1;
    private long nextSession = 1;

    /** Of a kind that a later version adds. */
    static UnknownFieldSet novelty() {
        return UnknownFieldSet.newBuilder()
                .addField(
                        99,
                        UnknownFieldSet.Field.newBuilder()
                                .addLengthDelimited(ByteString.copyFromUtf8("new"))
                                .build())
                .build();
    }

    Stream open(Consumer<ServerFrame> replies) {
        return new Stream(replies);
    }

    /** The clock entry: sessions whose deadline has passed end. */
    void tick(long nowNanos) {
        now = nowNanos;
        if (available) {
            for (Session session : List.copyOf(sessions.values())) {
                if (!session.over && session.deadline <= now) {
                    end(session);
                }
            }
            locks.tick();
        }
    }

    void end(Session session) {
        session.over = true;
        revision++;
        keys.values().removeIf(entry -> entry.getSessionId() == session.id);
        locks.endSession(session.id);
    }

    @Nullable
    Session alive(long id) {
        Session session = sessions.get(id);
        return session == null || session.over || session.deadline <= now ? null : session;
    }

    void tell(long sessionId, SessionEvent event) {
        for (Stream stream : List.copyOf(streams)) {
            if (stream.session != null && stream.session.id == sessionId) {
                stream.reply(ServerFrame.newBuilder().setEvent(event));
            }
        }
    }

    private CommandResult execute(@Nullable Session session, long sequence, long floor, ByteString bytes) {
        Command command;
        try {
            command = Command.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
        if (command.hasOpenSession()) {
            return openSession(command.getOpenSession());
        }
        if (session == null || alive(session.id) == null) {
            return CommandResult.newBuilder().setError(expired()).build();
        }
        session.floor = Math.max(session.floor, floor);
        session.results.headMap(session.floor).clear();
        if (sequence < session.floor) {
            return failed(ErrorCode.ALREADY_ACKNOWLEDGED, "below the floor");
        }
        if (sequence >= session.floor + CommandWindow.WINDOW) {
            throw new AssertionError("sequence " + sequence + " is beyond the window of " + session.floor);
        }
        CommandResult stored = session.results.get(sequence);
        if (stored == null) {
            executed.add(session.id + "/" + sequence);
            stored = apply(session, sequence, command);
            session.results.put(sequence, stored);
        }
        return stored;
    }

    private CommandResult openSession(io.gavel.protocol.v1.OpenSession open) {
        Session session = null;
        for (Session known : sessions.values()) {
            if (known.nonce.equals(open.getNonce())) {
                session = known;
            }
        }
        if (session == null) {
            session = new Session(nextSession++, open.getNonce(), open.getTtlMillis() * 1_000_000, open.getOwner());
            session.deadline = now + session.ttlNanos;
            sessions.put(session.id, session);
        }
        return CommandResult.newBuilder()
                .setRevision(revision)
                .setOpenSession(io.gavel.protocol.v1.OpenSessionResult.newBuilder()
                        .setSessionId(session.id)
                        .setTtlMillis(open.getTtlMillis()))
                .build();
    }

    private CommandResult apply(Session session, long sequence, Command command) {
        return switch (command.getKindCase()) {
            case PUT, DELETE, TXN, COMPACT -> store.apply(session.id, command);
            case CLOSE_SESSION -> {
                end(session);
                yield done();
            }
            case ACQUIRE_LOCK,
                    CAMPAIGN,
                    RELEASE_LOCK,
                    RESIGN,
                    WITHDRAW,
                    FORCE_RELEASE_LOCK,
                    CONFIRM_LOSS,
                    PROCLAIM,
                    TRANSFER_ELECTION -> locks.apply(session, sequence, command);
            case PUBLISH_CONFIG -> config.publish(command.getPublishConfig());
            case ROLLBACK_CONFIG -> config.rollback(command.getRollbackConfig());
            case SET_SCHEMA -> config.setSchema(command.getSetSchema());
            case EVICT_SESSION -> {
                Session evicted = alive(command.getEvictSession().getSessionId());
                if (evicted == null) {
                    yield failed(ErrorCode.NOT_FOUND, "no such session");
                }
                end(evicted);
                tell(
                        evicted.id,
                        SessionEvent.newBuilder().setSessionEnded(expired()).build());
                yield done();
            }
            default -> failed(ErrorCode.UNSUPPORTED, "not in the model: " + command.getKindCase());
        };
    }

    QueryResult read(Query query) {
        QueryResult.Builder result = QueryResult.newBuilder().setRevision(revision);
        if (!available) {
            return result.setError(unavailable()).build();
        }
        return switch (query.getKindCase()) {
            case GET -> {
                io.gavel.protocol.v1.KeyValue entry =
                        keys.get(query.getGet().getKey().toStringUtf8());
                yield result.setGet(
                                entry == null
                                        ? GetResult.getDefaultInstance()
                                        : GetResult.newBuilder().setEntry(entry).build())
                        .build();
            }
            case WAITER -> result.setWaiter(locks.waiter(query.getWaiter())).build();
            case LOCK ->
                result.setLock(locks.describe(query.getLock().getName())).build();
            case ELECTION ->
                result.setElection(locks.describeElection(query.getElection().getName()))
                        .build();
            case RANGE -> result.setRange(store.range(query.getRange())).build();
            case COUNT ->
                result.setCount(CountResult.newBuilder()
                                .setCount(store.count(query.getCount().getPrefix())))
                        .build();
            case CONFIG ->
                found(
                        result,
                        config.get(
                                query.getConfig().getNamespace(),
                                query.getConfig().getAtVersion()),
                        result::setConfig);
            case CONFIG_HISTORY ->
                result.setConfigHistory(config.history(query.getConfigHistory()))
                        .build();
            case CONFIG_DIFF -> found(result, config.diff(query.getConfigDiff()), result::setConfigDiff);
            case CONFIG_LIST ->
                result.setConfigList(config.list(query.getConfigList())).build();
            case SCHEMA ->
                result.setSchema(config.schema(query.getSchema().getNamespace()))
                        .build();
            case LOCK_LIST ->
                result.setLockList(locks.list(query.getLockList())).build();
            case ELECTION_LIST ->
                result.setElectionList(locks.listElections(query.getElectionList()))
                        .build();
            case SESSION -> found(result, describe(alive(query.getSession().getSessionId())), result::setSession);
            case SESSION_LIST ->
                result.setSessionList(sessionList(query.getSessionList().getAfter()))
                        .build();
            case SEQUENCE, KIND_NOT_SET -> throw new AssertionError(query.getKindCase());
        };
    }

    private SessionList sessionList(long after) {
        SessionList.Builder list = SessionList.newBuilder();
        for (Session session : sessions.values()) {
            SessionState state = describe(alive(session.id));
            if (state != null && session.id > after) {
                list.addSessions(state);
            }
        }
        return list.build();
    }

    private static <T> QueryResult found(
            QueryResult.Builder result, @Nullable T message, Function<T, QueryResult.Builder> setter) {
        return message != null
                ? setter.apply(message).build()
                : result.setError(Error.newBuilder()
                                .setCode(ErrorCode.NOT_FOUND)
                                .setMessage("there is none")
                                .setOutcome(Outcome.NOT_APPLIED))
                        .build();
    }

    private @Nullable SessionState describe(@Nullable Session session) {
        return session == null
                ? null
                : SessionState.newBuilder()
                        .setSessionId(session.id)
                        .setOwner(session.owner)
                        .setTtlMillis(session.ttlNanos / 1_000_000)
                        .setRemainingMillis((session.deadline - now) / 1_000_000)
                        .build();
    }

    CommandResult done() {
        return CommandResult.newBuilder()
                .setRevision(revision)
                .setDone(io.gavel.protocol.v1.Done.getDefaultInstance())
                .build();
    }

    /** Refused by the log. */
    CommandResult failed(ErrorCode code, String message) {
        return CommandResult.newBuilder()
                .setRevision(revision)
                .setDecided(true)
                .setError(Error.newBuilder().setCode(code).setMessage(message).setOutcome(Outcome.NOT_APPLIED))
                .build();
    }

    static Error unavailable() {
        return Error.newBuilder()
                .setCode(ErrorCode.UNAVAILABLE)
                .setMessage("no leader")
                .setOutcome(Outcome.NOT_APPLIED)
                .build();
    }

    /** What a member says whose time for a command or a read is up. */
    static ServerFrame tooLate(ClientFrame frame) {
        Error.Builder error = Error.newBuilder().setCode(ErrorCode.DEADLINE).setMessage("not decided in time");
        return frame.hasRead()
                ? ServerFrame.newBuilder()
                        .setRead(StreamReadResult.newBuilder()
                                .setReadId(frame.getRead().getReadId())
                                .setResult(QueryResult.newBuilder().setError(error.setOutcome(Outcome.NOT_APPLIED))))
                        .build()
                : ServerFrame.newBuilder()
                        .setCommand(StreamCommandResult.newBuilder()
                                .setSequence(frame.getCommand().getSequence())
                                .setResult(CommandResult.newBuilder().setError(error.setOutcome(Outcome.UNKNOWN))))
                        .build();
    }

    private static Error invalid() {
        return Error.newBuilder()
                .setCode(ErrorCode.INVALID_ARGUMENT)
                .setMessage("not a command")
                .setOutcome(Outcome.NOT_APPLIED)
                .build();
    }

    private static Error overloaded() {
        return Error.newBuilder()
                .setCode(ErrorCode.OVERLOADED)
                .setMessage("the backlog is full")
                .setOutcome(Outcome.NOT_APPLIED)
                .build();
    }

    private static Error expired() {
        return Error.newBuilder()
                .setCode(ErrorCode.SESSION_EXPIRED)
                .setMessage("no such session")
                .setOutcome(Outcome.NOT_APPLIED)
                .build();
    }
}
