package io.gavel.server.state.session;

import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.OpenSession;
import io.gavel.protocol.v1.OpenSessionResult;
import io.gavel.protocol.v1.Outcome;
import io.gavel.protocol.v1.SequenceQuery;
import io.gavel.protocol.v1.SequenceState;
import io.gavel.protocol.v1.SessionState;
import io.gavel.raft.check.Invariants;
import io.gavel.server.entry.Refusals;
import io.gavel.server.entry.RequestLimits;
import io.gavel.server.entry.RequestStamp;
import io.gavel.server.entry.UnsupportedEntryException;
import io.gavel.server.entry.v1.ClusterSettings;
import io.gavel.server.snapshot.RecordSink;
import io.gavel.server.state.table.LiveSessions;
import io.gavel.server.state.table.StateDigest;
import io.gavel.server.state.table.Table;
import io.gavel.server.state.table.TableId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Every session: its deadline in replicated time, its window of requests and their results. Confined to the apply
/// agent.
///
/// Life: [#open] → renewed by clock entries → dead once `deadline <= T` → removed, at the latest a bounded number of
/// entries later. A dead session is refused everything from its deadline on, whether it is removed or not (rule 2).
public final class SessionTable implements Table, LiveSessions {
    private static final long MAX_SEQUENCE = 1L << 62;
    private static final int SESSION_OVERHEAD_BYTES = 512;

    private final LongSupplier nowNanos;
    private final TreeMap<Long, Session> byId = new TreeMap<>();
    private final TreeSet<Session> byDeadline = new TreeSet<>(
            Comparator.<Session>comparingLong(each -> each.deadlineNanos).thenComparingLong(each -> each.id));
    private final Map<Session.Nonce, Session> byNonce = new HashMap<>();
    private final StateDigest digest = new StateDigest();
    /// Invariant: the sum over all sessions of `resultBytes`.
    private long totalResultBytes;

    /// @param nowNanos replicated time
    public SessionTable(LongSupplier nowNanos) {
        this.nowNanos = nowNanos;
    }

    // ---- life

    /// Opens a session, or returns the one that this nonce opened before.
    ///
    /// @param nextId yields an id that no session ever had
    public CommandResult.Builder open(OpenSession open, ClusterSettings settings, LongSupplier nextId) {
        Error refusal = checkOpen(open, settings);
        if (refusal != null) {
            return CommandResult.newBuilder().setError(refusal);
        }
        ByteBuffer nonceBytes = open.getNonce().asReadOnlyByteBuffer();
        Session.Nonce nonce = new Session.Nonce(nonceBytes.getLong(), nonceBytes.getLong());
        Session.SessionIdentity identity =
                new Session.SessionIdentity(nonce, open.getSecretHash(), open.getTtlMillis(), open.getOwner());
        Session known = byNonce.get(nonce);
        if (known != null) {
            return again(known, identity);
        }
        if (byId.size() >= settings.getMaxSessions()) {
            return CommandResult.newBuilder()
                    .setError(Refusals.overQuota("sessions", settings.getMaxSessions(), byId.size() + 1L));
        }
        long deadline = nowNanos.getAsLong() + identity.ttlNanos() + settings.getClockClampNanos();
        Session session = new Session(nextId.getAsLong(), identity, deadline);
        add(session);
        digest.add(SessionRecord.key(session.id, SessionRecord.IDENTITY), SessionRecord.identity(identity));
        digest.add(SessionRecord.key(session.id, SessionRecord.PROGRESS), SessionRecord.progress(session));
        return opened(session);
    }

    private CommandResult.Builder again(Session known, Session.SessionIdentity identity) {
        if (!known.identity.equals(identity)) {
            return CommandResult.newBuilder()
                    .setError(Refusals.invalid(
                            "open_session.nonce",
                            "unused",
                            "used",
                            "this nonce opened a session with other properties"));
        }
        return isDead(known) ? CommandResult.newBuilder().setError(Refusals.sessionExpired(known.id)) : opened(known);
    }

    private static CommandResult.Builder opened(Session session) {
        return CommandResult.newBuilder()
                .setOpenSession(OpenSessionResult.newBuilder()
                        .setSessionId(session.id)
                        .setTtlMillis(session.identity.ttlMillis()));
    }

    private static @Nullable Error checkOpen(OpenSession open, ClusterSettings settings) {
        if (open.getNonce().size() != RequestLimits.NONCE_BYTES) {
            return wrongSize(
                    "open_session.nonce",
                    RequestLimits.NONCE_BYTES,
                    open.getNonce().size());
        }
        if (open.getSecretHash().size() != RequestLimits.SECRET_HASH_BYTES) {
            return wrongSize(
                    "open_session.secret_hash",
                    RequestLimits.SECRET_HASH_BYTES,
                    open.getSecretHash().size());
        }
        long ttlMillis = open.getTtlMillis();
        if (ttlMillis < settings.getMinTtlMillis() || ttlMillis > settings.getMaxTtlMillis()) {
            return Refusals.invalid(
                    "open_session.ttl_millis",
                    settings.getMinTtlMillis() + " to " + settings.getMaxTtlMillis(),
                    Long.toUnsignedString(ttlMillis),
                    "a session's TTL is from " + settings.getMinTtlMillis() + " to " + settings.getMaxTtlMillis()
                            + " ms, not " + Long.toUnsignedString(ttlMillis));
        }
        int ownerBytes = open.getOwnerBytes().size();
        return ownerBytes <= RequestLimits.NAME_BYTES
                ? null
                : Refusals.tooLarge("open_session.owner", RequestLimits.NAME_BYTES, ownerBytes);
    }

    private static Error wrongSize(String field, int size, int was) {
        return Refusals.invalid(field, Integer.toString(size), was, field + " has " + size + " bytes, not " + was);
    }

    /// Moves the deadline of a session to one TTL from now (rule 1), or says why not.
    ///
    /// @param aliveAtNanos the replicated time at which it must still have been alive, the one before the entry
    ///     with the renewal: only that far could anybody have seen it dead
    public @Nullable Error renew(long sessionId, long proof, long aliveAtNanos) {
        Session session = byId.get(sessionId);
        if (session == null || session.deadlineNanos <= aliveAtNanos) {
            return Refusals.sessionExpired(sessionId);
        }
        if (session.identity.proof() != proof) {
            return notYours(sessionId);
        }
        byDeadline.remove(session);
        changeProgress(session, session.floor, nowNanos.getAsLong() + session.identity.ttlNanos());
        byDeadline.add(session);
        return null;
    }

    /// The dead session that is to be removed next, in the order (deadline, id); 0 = none.
    public long nextDead() {
        return !byDeadline.isEmpty() && isDead(byDeadline.first()) ? byDeadline.first().id : 0;
    }

    /// Removes a session with all its results. Its id is never used again.
    public void remove(long sessionId) {
        Session session = Objects.requireNonNull(byId.remove(sessionId), "a removed session exists");
        Invariants.check(byDeadline.remove(session), "every session has a deadline", sessionId, session.deadlineNanos);
        byNonce.remove(session.identity.nonce());
        for (long sequence = session.floor; sequence < session.highestPossible(); sequence++) {
            forget(session, sequence);
        }
        digest.remove(SessionRecord.key(sessionId, SessionRecord.IDENTITY), SessionRecord.identity(session.identity));
        digest.remove(SessionRecord.key(sessionId, SessionRecord.PROGRESS), SessionRecord.progress(session));
    }

    private void add(Session session) {
        byId.put(session.id, session);
        byDeadline.add(session);
        byNonce.put(session.identity.nonce(), session);
    }

    private boolean isDead(Session session) {
        return session.deadlineNanos <= nowNanos.getAsLong();
    }

    private void changeProgress(Session session, long floor, long deadlineNanos) {
        byte[] key = SessionRecord.key(session.id, SessionRecord.PROGRESS);
        digest.remove(key, SessionRecord.progress(session));
        session.floor = floor;
        session.deadlineNanos = deadlineNanos;
        digest.add(key, SessionRecord.progress(session));
    }

    // ---- exactly once

    /// Decides whether a command of a session is to be executed. Acknowledges what is below its floor.
    public Admission admit(RequestStamp stamp, long commandHash, ClusterSettings settings) {
        Session session = byId.get(stamp.sessionId());
        if (session == null || isDead(session)) {
            return new Admission.Refuse(Refusals.sessionExpired(stamp.sessionId()));
        }
        if (session.identity.proof() != stamp.proof()) {
            return new Admission.Refuse(notYours(session.id));
        }
        Error malformed = checkStamp(stamp);
        if (malformed != null) {
            return new Admission.Refuse(malformed);
        }
        if (stamp.sequence() < session.floor) {
            return new Admission.Refuse(alreadyAcknowledged(stamp.sequence(), session.floor));
        }
        acknowledgeBelow(session, stamp.floor());
        if (stamp.sequence() - session.floor >= settings.getSessionWindow()) {
            return new Admission.EndSession(windowExceeded(session, stamp.sequence(), settings.getSessionWindow()));
        }
        StoredResult stored = session.resultOf(stamp.sequence());
        if (stored != null) {
            return stored.commandHash() == commandHash
                    ? new Admission.Replay(stored.result())
                    : new Admission.Refuse(Refusals.invalid(
                            "sequence",
                            "the same bytes",
                            stamp.sequence(),
                            "sequence " + stamp.sequence() + " was used for another command"));
        }
        Error full = checkResultRoom(session, settings);
        return full == null ? Admission.Execute.INSTANCE : new Admission.RefuseForGood(full);
    }

    private static @Nullable Error checkStamp(RequestStamp stamp) {
        if (stamp.sequence() < 1 || stamp.sequence() > MAX_SEQUENCE) {
            return Refusals.invalid(
                    "sequence",
                    "1 to " + MAX_SEQUENCE,
                    stamp.sequence(),
                    "sequence " + stamp.sequence() + " is not from 1 to " + MAX_SEQUENCE);
        }
        return stamp.floor() >= 0 && stamp.floor() <= stamp.sequence()
                ? null
                : Refusals.invalid(
                        "floor",
                        "at most the sequence",
                        stamp.floor(),
                        "sequence " + stamp.sequence() + " with floor " + stamp.floor());
    }

    /// A result of any size must find room, because it cannot be refused once the command has had its effect.
    private @Nullable Error checkResultRoom(Session session, ClusterSettings settings) {
        long needed = session.resultBytes + settings.getMaxResultBytes();
        if (needed > settings.getSessionResultBytes()) {
            return Refusals.overQuota("result bytes of the session", settings.getSessionResultBytes(), needed);
        }
        long neededInAll = totalResultBytes + settings.getMaxResultBytes();
        return neededInAll <= settings.getTotalResultBytes()
                ? null
                : Refusals.overQuota("result bytes of all sessions", settings.getTotalResultBytes(), neededInAll);
    }

    /// Keeps the result of a command that was admitted.
    public void store(RequestStamp stamp, long commandHash, CommandResult result) {
        Session session = byId.get(stamp.sessionId());
        if (session == null) {
            return;
        }
        StoredResult stored = StoredResult.of(stamp.sequence(), commandHash, result);
        session.store(stored);
        totalResultBytes += stored.bytes();
        digest.add(SessionRecord.resultKey(session.id, stamp.sequence()), stored.recordValue());
    }

    private void acknowledgeBelow(Session session, long floor) {
        if (floor <= session.floor) {
            return;
        }
        long end = Math.min(floor, session.highestPossible());
        for (long sequence = session.floor; sequence < end; sequence++) {
            forget(session, sequence);
        }
        changeProgress(session, floor, session.deadlineNanos);
    }

    private void forget(Session session, long sequence) {
        StoredResult forgotten = session.forget(sequence);
        if (forgotten != null) {
            totalResultBytes -= forgotten.bytes();
            digest.remove(SessionRecord.resultKey(session.id, sequence), forgotten.recordValue());
        }
    }

    private static Error notYours(long sessionId) {
        return Refusals.invalid(
                "session.secret", "the session's own", "another", "session " + sessionId + " is not yours");
    }

    private static Error alreadyAcknowledged(long sequence, long floor) {
        return Error.newBuilder()
                .setCode(ErrorCode.ALREADY_ACKNOWLEDGED)
                .setOutcome(Outcome.UNKNOWN)
                .setMessage("sequence " + sequence + " is below the session's floor " + floor)
                .setField("sequence")
                .setLimit(Long.toString(floor))
                .setValue(Long.toString(sequence))
                .build();
    }

    private static Error windowExceeded(Session session, long sequence, int window) {
        return Refusals.notApplied(
                        ErrorCode.SESSION_EXPIRED,
                        "session " + session.id + " was ended: sequence " + sequence + " is beyond its window")
                .setField("sequence")
                .setLimit(Long.toString(session.floor + window - 1))
                .setValue(Long.toString(sequence))
                .build();
    }

    // ---- what others may ask

    @Override
    public boolean isAlive(long sessionId) {
        Session session = byId.get(sessionId);
        return session != null && !isDead(session);
    }

    @Override
    public long deadlineNanos(long sessionId) {
        Session session = byId.get(sessionId);
        return session == null ? 0 : session.deadlineNanos;
    }

    @Override
    public String owner(long sessionId) {
        Session session = byId.get(sessionId);
        return session == null ? "" : session.identity.owner();
    }

    public boolean exists(long sessionId) {
        return byId.containsKey(sessionId);
    }

    public boolean isEmpty() {
        return byId.isEmpty();
    }

    public int count() {
        return byId.size();
    }

    /// The session with the lowest id above `after`; 0 = none.
    public long next(long after) {
        Long id = byId.higherKey(after);
        return id == null ? 0 : id;
    }

    /// The session as operators see it, without what it holds; it must exist.
    public SessionState.Builder describe(long sessionId) {
        Session session = Objects.requireNonNull(byId.get(sessionId), "a described session exists");
        long remainingNanos = Math.max(0, session.deadlineNanos - nowNanos.getAsLong());
        return SessionState.newBuilder()
                .setSessionId(sessionId)
                .setOwner(session.identity.owner())
                .setTtlMillis(session.identity.ttlMillis())
                .setRemainingMillis(remainingNanos / Session.SessionIdentity.NANOS_PER_MILLI);
    }

    /// What became of a sequence; `null` if the session is gone.
    public @Nullable SequenceState sequence(SequenceQuery query) {
        Session session = byId.get(query.getSessionId());
        if (session == null || isDead(session)) {
            return null;
        }
        if (query.getSequence() < session.floor) {
            return SequenceState.newBuilder().setAcknowledged(true).build();
        }
        StoredResult stored =
                query.getSequence() < session.highestPossible() ? session.resultOf(query.getSequence()) : null;
        return stored == null
                ? SequenceState.newBuilder().setNotAppliedYet(true).build()
                : SequenceState.newBuilder().setResult(stored.result()).build();
    }

    // ---- records

    @Override
    public TableId tableId() {
        return TableId.SESSIONS;
    }

    @Override
    public StateDigest digest() {
        return digest;
    }

    @Override
    public long stateBytes() {
        return (long) byId.size() * SESSION_OVERHEAD_BYTES;
    }

    @Override
    public void writeTo(RecordSink sink) throws IOException {
        for (Session session : byId.values()) {
            sink.put(SessionRecord.key(session.id, SessionRecord.IDENTITY), SessionRecord.identity(session.identity));
            sink.put(SessionRecord.key(session.id, SessionRecord.PROGRESS), SessionRecord.progress(session));
            for (long sequence = session.floor; sequence < session.highestPossible(); sequence++) {
                StoredResult stored = session.resultOf(sequence);
                if (stored != null) {
                    sink.put(SessionRecord.resultKey(session.id, sequence), stored.recordValue());
                }
            }
        }
    }

    @Override
    public void readRecord(byte[] key, byte[] value) {
        long sessionId = SessionRecord.sessionId(key);
        switch (SessionRecord.part(key)) {
            case SessionRecord.IDENTITY -> add(new Session(sessionId, SessionRecord.identity(value), 0));
            case SessionRecord.PROGRESS -> {
                Session session = read(sessionId);
                ByteBuffer progress = ByteBuffer.wrap(value);
                byDeadline.remove(session);
                session.floor = progress.getLong();
                session.deadlineNanos = progress.getLong();
                byDeadline.add(session);
            }
            case SessionRecord.RESULT -> {
                StoredResult stored = new StoredResult(SessionRecord.sequence(key), value);
                read(sessionId).store(stored);
                totalResultBytes += stored.bytes();
            }
            default -> throw new UnsupportedEntryException("unknown session record " + SessionRecord.part(key));
        }
        digest.add(key, value);
    }

    /// The TTL that a session record holds; 0 if it holds something else of the session.
    public static long ttlMillisOf(byte[] key, byte[] value) {
        return SessionRecord.part(key) == SessionRecord.IDENTITY
                ? SessionRecord.identity(value).ttlMillis()
                : 0;
    }

    private Session read(long sessionId) {
        return Objects.requireNonNull(byId.get(sessionId), "a session's identity is its first record");
    }
}
