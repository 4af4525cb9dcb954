package io.gavel.server.state.lock;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.AcquireLock;
import io.gavel.protocol.v1.Campaign;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.ConfirmLoss;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ForceReleaseLock;
import io.gavel.protocol.v1.Guard;
import io.gavel.protocol.v1.LockQuery;
import io.gavel.protocol.v1.LockState;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.ReleaseLock;
import io.gavel.protocol.v1.Resign;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.protocol.v1.TokenGuard;
import io.gavel.protocol.v1.TransferElection;
import io.gavel.protocol.v1.Waiter;
import io.gavel.protocol.v1.Withdraw;
import io.gavel.raft.EntryId;
import io.gavel.server.entry.v1.ClusterSettings;
import io.gavel.server.state.table.ApplyContext;
import io.gavel.server.state.table.DigestValue;
import io.gavel.server.state.table.EndedSession;
import io.gavel.server.state.table.EndedSession.Reason;
import io.gavel.server.state.table.ExpiryBudget;
import io.gavel.server.state.table.LiveSessions;
import io.gavel.server.state.table.OwnershipTable;
import io.gavel.server.state.table.ReadContext;
import io.gavel.server.state.table.StateDigest;
import io.gavel.server.state.table.StateEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The rest of a state machine around the lock and election tables: entries, replicated time, sessions. Every call
/// that a client could make is one entry.
final class SimCluster implements ApplyContext, LiveSessions {
    static final long MILLI = 1_000_000;

    /// What one session was told, or what watchers were.
    record Told(long revision, long sessionId, SessionEvent event) {}

    record Published(long revision, StateEvent event) {}

    final List<Told> told = new ArrayList<>();
    final List<Published> published = new ArrayList<>();
    LockTable locks = new LockTable();
    ElectionTable elections = new ElectionTable();
    int timersPerEntry = 4_096;
    long grantsBlockedUntilNanos;
    ClusterSettings settings = ClusterSettings.newBuilder()
            .setMaxWaitersPerLock(100)
            .setMaxKeysPerSession(100)
            .build();

    private final TreeMap<Long, Long> deadlines = new TreeMap<>();
    private final TreeMap<Long, Long> ttls = new TreeMap<>();
    private final TreeMap<Long, Long> sequences = new TreeMap<>();
    private long now = 1_000 * MILLI;
    private long index = 1;
    private long revision = 1;
    private long lastToken;
    private long nextSession = 1;
    private boolean changed;
    private long sessionId;
    private long sequence;

    // ---- what clients do

    long open(long ttlMillis) {
        entry(0, 0);
        long id = nextSession++;
        ttls.put(id, ttlMillis * MILLI);
        deadlines.put(id, now + ttlMillis * MILLI);
        return id;
    }

    void renew(long session) {
        entry(0, 0);
        if (isAlive(session)) {
            deadlines.put(session, now + session(ttls, session));
        }
    }

    void close(long session) {
        end(session, Reason.CLOSED, 0);
    }

    void evict(long session, boolean atOnce) {
        end(session, Reason.EVICTED, atOnce ? 0 : session(deadlines, session));
    }

    private void end(long session, Reason reason, long grantableAtNanos) {
        entry(0, 0);
        deadlines.remove(session);
        endEverywhere(new EndedSession(session, reason, grantableAtNanos));
    }

    CommandResult acquire(long session, String name) {
        return acquire(session, AcquireLock.newBuilder().setName(name));
    }

    CommandResult acquire(long session, AcquireLock.Builder acquire) {
        return execute(session, Command.newBuilder().setAcquireLock(acquire).build());
    }

    CommandResult release(long session, String name, long token) {
        return execute(
                session,
                Command.newBuilder()
                        .setReleaseLock(ReleaseLock.newBuilder().setName(name).setToken(token))
                        .build());
    }

    CommandResult forceRelease(String name, long token, boolean atOnce) {
        return execute(
                0,
                Command.newBuilder()
                        .setForceReleaseLock(ForceReleaseLock.newBuilder()
                                .setName(name)
                                .setToken(token)
                                .setNow(atOnce))
                        .build());
    }

    CommandResult withdraw(long session, String name, Waiter waiter, boolean election) {
        return execute(
                session,
                Command.newBuilder()
                        .setWithdraw(Withdraw.newBuilder()
                                .setName(name)
                                .setWaiter(waiter)
                                .setElection(election))
                        .build());
    }

    CommandResult confirmLoss(long session, String name, long token, boolean election) {
        return execute(
                session,
                Command.newBuilder()
                        .setConfirmLoss(ConfirmLoss.newBuilder()
                                .setName(name)
                                .setToken(token)
                                .setElection(election))
                        .build());
    }

    CommandResult campaign(long session, String name, String proposal) {
        return execute(
                session,
                Command.newBuilder()
                        .setCampaign(Campaign.newBuilder().setName(name).setProposal(ByteString.copyFromUtf8(proposal)))
                        .build());
    }

    CommandResult resign(long session, String name, long token) {
        return execute(
                session,
                Command.newBuilder()
                        .setResign(Resign.newBuilder().setName(name).setToken(token))
                        .build());
    }

    CommandResult transfer(long session, TransferElection.Builder transfer) {
        return execute(
                session, Command.newBuilder().setTransferElection(transfer).build());
    }

    CommandResult execute(long session, Command command) {
        entry(session, session == 0 ? 0 : sequences.merge(session, 1L, Long::sum));
        OwnershipTable table = switch (command.getKindCase()) {
            case ACQUIRE_LOCK, RELEASE_LOCK, FORCE_RELEASE_LOCK -> locks;
            case CAMPAIGN, PROCLAIM, RESIGN, TRANSFER_ELECTION -> elections;
            case WITHDRAW -> command.getWithdraw().getElection() ? elections : locks;
            case CONFIRM_LOSS -> command.getConfirmLoss().getElection() ? elections : locks;
            default -> throw new IllegalArgumentException("not here: " + command.getKindCase());
        };
        return table.execute(command, this).setRevision(revision).build();
    }

    boolean holds(String name, long token) {
        return locks.checkToken(guard(name, token), this) == null;
    }

    boolean leads(String name, long token) {
        return elections.checkToken(guard(name, token), this) == null;
    }

    private static TokenGuard guard(String name, long token) {
        return TokenGuard.newBuilder().setName(name).setToken(token).build();
    }

    // ---- time

    /// One clock entry after another until nothing due is left.
    void advance(long millis) {
        boolean more = advanceOnce(millis);
        while (more) {
            more = advanceOnce(0);
        }
    }

    /// One clock entry; true when it reached its limit. All expired sessions go, in (deadline, id) order.
    boolean advanceOnce(long millis) {
        entry(0, 0);
        now += millis * MILLI;
        for (long expired : expired()) {
            nextChange();
            deadlines.remove(expired);
            endEverywhere(new EndedSession(expired, Reason.EXPIRED, 0));
        }
        return onTime();
    }

    /// A clock entry whose removals were used up by others: sessions are past their deadline but still there.
    void advanceWithoutRemoving(long millis) {
        entry(0, 0);
        now += millis * MILLI;
    }

    private boolean onTime() {
        ExpiryBudget budget = new ExpiryBudget(256, timersPerEntry);
        locks.onTime(this, budget);
        elections.onTime(this, budget);
        return budget.exceeded();
    }

    private List<Long> expired() {
        return deadlines.entrySet().stream()
                .filter(entry -> entry.getValue() <= now)
                .sorted((a, b) -> {
                    int byDeadline = a.getValue().compareTo(b.getValue());
                    return byDeadline != 0 ? byDeadline : a.getKey().compareTo(b.getKey());
                })
                .map(Map.Entry::getKey)
                .toList();
    }

    private void endEverywhere(EndedSession session) {
        locks.onSessionEnded(session, this);
        elections.onSessionEnded(session, this);
    }

    private void entry(long bySession, long bySequence) {
        index++;
        changed = false;
        sessionId = bySession;
        sequence = bySequence;
    }

    // ---- reading

    /// The lock as `lock show` sees it, or an empty state if it does not exist.
    LockState lock(String name) {
        QueryResult result = read(
                Query.newBuilder().setLock(LockQuery.newBuilder().setName(name)).build());
        return result.hasLock()
                ? result.getLock()
                : LockState.newBuilder().setName(name).build();
    }

    QueryResult read(Query query) {
        OwnershipTable table = switch (query.getKindCase()) {
            case LOCK, LOCK_LIST -> locks;
            case ELECTION, ELECTION_LIST -> elections;
            case WAITER -> query.getWaiter().getElection() ? elections : locks;
            default -> throw new IllegalArgumentException("not here: " + query.getKindCase());
        };
        return table.read(query, new ReadContext(revision, now, this)).build();
    }

    List<Long> holders(String name) {
        return lock(name).getHoldersList().stream()
                .map(holder -> holder.getSessionId())
                .toList();
    }

    /// What a session was told last; fails if nothing.
    SessionEvent lastTold(long session) {
        return told.stream()
                .filter(item -> item.sessionId() == session)
                .reduce((a, b) -> b)
                .orElseThrow()
                .event();
    }

    /// Replaces both tables by what their snapshot records restore, and checks that the digests agree.
    void restoreFromSnapshot() {
        locks = restored(locks, new LockTable());
        elections = restored(elections, new ElectionTable());
    }

    private static <T extends OwnershipTable> T restored(T from, T to) {
        List<byte[]> keys = new ArrayList<>();
        StateDigest sum = new StateDigest();
        try {
            from.writeTo((key, value) -> {
                if (!keys.isEmpty() && Arrays.compareUnsigned(keys.getLast(), key) >= 0) {
                    throw new AssertionError("records out of order");
                }
                keys.add(key);
                sum.add(key, value);
                to.readRecord(key, value);
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        DigestValue before = from.digest().value();
        if (!before.equals(sum.value()) || !before.equals(to.digest().value())) {
            throw new AssertionError("digest " + before + ", of records " + sum.value() + ", restored "
                    + to.digest().value());
        }
        if (from.stateBytes() != to.stateBytes() || from.anythingCanExpire() != to.anythingCanExpire()) {
            throw new AssertionError("restored state differs");
        }
        return to;
    }

    private static long session(Map<Long, Long> from, long session) {
        Long value = from.get(session);
        if (value == null) {
            throw new AssertionError("no session " + session);
        }
        return value;
    }

    // ---- ApplyContext and LiveSessions

    @Override
    public EntryId entryId() {
        return new EntryId(1, index);
    }

    @Override
    public long nowNanos() {
        return now;
    }

    @Override
    public ClusterSettings settings() {
        return settings;
    }

    @Override
    public long sessionId() {
        return sessionId;
    }

    @Override
    public long sequence() {
        return sequence;
    }

    @Override
    public long revision() {
        return revision;
    }

    @Override
    public long changeRevision() {
        if (!changed) {
            changed = true;
            revision++;
        }
        return revision;
    }

    @Override
    public void nextChange() {
        changed = false;
    }

    @Override
    public long nextToken() {
        return ++lastToken;
    }

    @Override
    public LiveSessions sessions() {
        return this;
    }

    @Override
    public @Nullable Error checkGuards(List<Guard> guards) {
        for (Guard guard : guards) {
            Error error = locks.checkToken(guard.getLock(), this);
            if (error != null) {
                return error;
            }
        }
        return null;
    }

    @Override
    public @Nullable Error checkGrowth(long bytes) {
        return null;
    }

    @Override
    public long grantsBlockedUntilNanos() {
        return grantsBlockedUntilNanos;
    }

    @Override
    public void publish(StateEvent event) {
        published.add(new Published(changeRevision(), event));
    }

    @Override
    public void notifySession(long session, SessionEvent event) {
        told.add(new Told(revision, session, event));
    }

    @Override
    public boolean isAlive(long session) {
        Long deadline = deadlines.get(session);
        return deadline != null && deadline > now;
    }

    @Override
    public long deadlineNanos(long session) {
        return deadlines.getOrDefault(session, 0L);
    }

    @Override
    public String owner(long session) {
        return deadlines.containsKey(session) ? "client-" + session : "";
    }
}
