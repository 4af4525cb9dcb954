package io.gavel.server.state;

import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.Guard;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.protocol.v1.TokenGuard;
import io.gavel.raft.EntryId;
import io.gavel.raft.check.Invariants;
import io.gavel.server.entry.Refusals;
import io.gavel.server.entry.RequestStamp;
import io.gavel.server.entry.UnsupportedEntryException;
import io.gavel.server.entry.v1.ClusterSettings;
import io.gavel.server.state.table.ApplyContext;
import io.gavel.server.state.table.LiveSessions;
import io.gavel.server.state.table.OwnershipTable;
import io.gavel.server.state.table.StateEvent;
import io.gavel.server.state.table.TableId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The entry that is being applied: what tables see of it, and what it will tell the listener once it is published.
/// One instance is used for all entries.
final class EntryContext implements ApplyContext {
    private final Tables tables;
    private final StateListener listener;

    private EntryId entryId = EntryId.ZERO;
    private RequestStamp stamp = RequestStamp.NONE;
    private boolean revisionTaken;
    private @Nullable CommandResult result;
    private List<StateEvent> changeEvents = new ArrayList<>();
    private final List<Runnable> news = new ArrayList<>();

    EntryContext(Tables tables, StateListener listener) {
        this.tables = tables;
        this.listener = listener;
    }

    void begin(EntryId entryId, RequestStamp stamp) {
        this.entryId = entryId;
        this.stamp = stamp;
        revisionTaken = false;
        result = null;
    }

    /// What the entry's command is answered.
    void answer(CommandResult result) {
        this.result = result;
    }

    void tellRenewed(long sessionId, int originMember, long renewalId, @Nullable Error error) {
        news.add(() -> listener.onRenewed(sessionId, originMember, renewalId, error));
    }

    void tellCompacted(long oldestRevision) {
        news.add(() -> listener.onCompacted(oldestRevision));
    }

    /// Tells the listener everything, after the entry is published.
    void tellAll() {
        nextChange();
        CommandResult answer = result;
        if (answer != null) {
            listener.onResult(entryId, stamp.sessionId(), stamp.sequence(), answer);
        }
        for (Runnable each : news) {
            each.run();
        }
        news.clear();
    }

    @Override
    public EntryId entryId() {
        return entryId;
    }

    @Override
    public long nowNanos() {
        return tables.header.nowNanos;
    }

    @Override
    public ClusterSettings settings() {
        return tables.header.settings;
    }

    @Override
    public long sessionId() {
        return stamp.sessionId();
    }

    @Override
    public long sequence() {
        return stamp.sequence();
    }

    @Override
    public long revision() {
        return tables.header.revision;
    }

    @Override
    public long changeRevision() {
        if (!revisionTaken) {
            Invariants.check(tables.header.revision < Long.MAX_VALUE, "revisions never run out");
            tables.header.revision++;
            revisionTaken = true;
        }
        return tables.header.revision;
    }

    @Override
    public void nextChange() {
        if (!changeEvents.isEmpty()) {
            long revision = changeRevision();
            List<StateEvent> events = changeEvents;
            changeEvents = new ArrayList<>();
            news.add(() -> listener.onEvents(revision, events));
        }
        revisionTaken = false;
    }

    @Override
    public long nextToken() {
        Invariants.check(tables.header.lastToken < Long.MAX_VALUE, "fencing tokens never run out");
        return ++tables.header.lastToken;
    }

    @Override
    public LiveSessions sessions() {
        return tables.sessions;
    }

    @Override
    public @Nullable Error checkGuards(List<Guard> guards) {
        for (Guard guard : guards) {
            Error refusal = switch (guard.getKindCase()) {
                case LOCK -> checkToken(TableId.LOCKS, guard.getLock());
                case ELECTION -> checkToken(TableId.ELECTIONS, guard.getElection());
                case SESSION_ALIVE -> checkSession(guard.getSessionAlive());
                case KIND_NOT_SET -> {
                    if (!guard.getUnknownFields().isEmpty()) {
                        throw new UnsupportedEntryException("unknown kind of guard");
                    }
                    yield Refusals.invalid("guards", "one variant", "none", "a guard is empty");
                }
            };
            if (refusal != null) {
                return refusal;
            }
        }
        return null;
    }

    private @Nullable Error checkToken(TableId table, TokenGuard guard) {
        for (OwnershipTable owner : tables.ownership) {
            if (owner.tableId() == table) {
                return owner.checkToken(guard, this);
            }
        }
        throw new IllegalStateException("no table " + table);
    }

    private @Nullable Error checkSession(long sessionId) {
        return tables.sessions.isAlive(sessionId)
                ? null
                : Refusals.conflict("session " + sessionId + " has ended")
                        .setField("guards.session_alive")
                        .setValue(Long.toString(sessionId))
                        .build();
    }

    @Override
    public @Nullable Error checkGrowth(long bytes) {
        if (bytes <= 0) {
            return null;
        }
        long after = tables.stateBytes() + bytes;
        long most = tables.header.settings.getMaxStateBytes();
        return after <= most ? null : Refusals.overQuota("state bytes", most, after);
    }

    @Override
    public long grantsBlockedUntilNanos() {
        return tables.header.grantsBlockedUntilNanos;
    }

    @Override
    public void publish(StateEvent event) {
        changeRevision();
        changeEvents.add(event);
    }

    @Override
    public void notifySession(long sessionId, SessionEvent event) {
        news.add(() -> listener.onSessionEvent(sessionId, event));
    }

    /// Tells a client that its session is over.
    void notifyEnded(long sessionId, String why) {
        Error error = Refusals.notApplied(ErrorCode.SESSION_EXPIRED, "session " + sessionId + " " + why)
                .build();
        notifySession(
                sessionId, SessionEvent.newBuilder().setSessionEnded(error).build());
    }
}
