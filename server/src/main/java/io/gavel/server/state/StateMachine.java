package io.gavel.server.state;

import io.gavel.protocol.v1.ConfigRelease;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.raft.EntryId;
import io.gavel.raft.Payload;
import io.gavel.raft.check.Invariants;
import io.gavel.raft.quorum.Configuration;
import io.gavel.server.entry.EntryHash;
import io.gavel.server.entry.Envelope;
import io.gavel.server.entry.RequestStamp;
import io.gavel.server.entry.v1.ClusterSettings;
import io.gavel.server.snapshot.RecordSource;
import io.gavel.server.state.kv.KeyValueCommands;
import io.gavel.server.state.table.DigestValue;
import io.gavel.server.state.table.KeyHistory;
import io.gavel.server.state.table.StateEvent;
import io.gavel.server.state.table.Table;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// The replicated state machine: a pure function of the log. Confined to the apply agent, except [#published()],
/// [#checkpoints()], [#members()] and the queries that [#canReadAnywhere] allows.
///
/// Any Throwable out of it means that this member cannot go on: the caller halts the process, an entry is left out only
/// by [#skip].
public final class StateMachine {
    /// History may outgrow what is retained by this share before an entry compacts it: one for many writes.
    private static final int COMPACTION_SLACK_DIVISOR = 4;

    private final Tables tables = new Tables();
    private final Checkpoints checkpoints = new Checkpoints();
    private final EntryContext context;
    private final SessionEnding ending;
    private final ClientCommands clientCommands;
    private final ServerCommands serverCommands;
    private final StateQueries queries;
    private final StateListener listener;
    /// What this member suggests to the leader; not replicated.
    private long proposedCompaction;
    private volatile Published published = Published.EMPTY;

    /// An empty state, to which the log is applied from its first entry.
    public StateMachine(StateListener listener) {
        this.listener = listener;
        KeyValueCommands keys = new KeyValueCommands(tables.store);
        context = new EntryContext(tables, listener);
        ending = new SessionEnding(tables, keys);
        clientCommands = new ClientCommands(tables, keys, ending);
        serverCommands = new ServerCommands(tables, ending, checkpoints);
        queries = new StateQueries(tables, () -> published);
    }

    /// Rebuilds the state from a snapshot and recomputes its digest, which the caller compares with the snapshot's.
    ///
    /// @throws IOException if the source cannot be read
    public static StateMachine restore(StateListener listener, RecordSource source) throws IOException {
        StateMachine machine = new StateMachine(listener);
        source.forEach((key, value) -> machine.tables.of(key).readRecord(key, value));
        for (Table table : machine.tables.all()) {
            table.onRestored();
        }
        machine.tables.store.restoreFloor(machine.tables.header.oldestRevision);
        machine.publish();
        return machine;
    }

    /// Applies a command entry: the one after the last.
    public void apply(EntryId entryId, Payload payload) {
        Envelope envelope = Envelope.decode(payload);
        begin(entryId, envelope.stamp());
        switch (envelope.origin()) {
            case CLIENT -> clientCommands.apply(envelope, context);
            case SERVER -> serverCommands.apply(envelope, context);
        }
        finish();
    }

    /// Applies the no-op of a new term: only the index advances.
    public void onNoOp(EntryId entryId) {
        begin(entryId, RequestStamp.NONE);
        finish();
    }

    /// Applies a configuration entry: only the index advances, since the core keeps configurations.
    public void onConfiguration(EntryId entryId, Configuration configuration) {
        begin(entryId, RequestStamp.NONE);
        finish();
    }

    /// Leaves out a command entry that no member can apply, and records that (rule 34).
    public void skip(EntryId entryId, EntryHash hash) {
        begin(entryId, RequestStamp.NONE);
        tables.header.skipped.put(entryId.index(), hash);
        finish();
    }

    /// The entries that were left out, by index. On the apply agent.
    public SortedMap<Long, EntryHash> skipped() {
        return Collections.unmodifiableSortedMap(tables.header.skipped);
    }

    /// The caller has no more entries at hand.
    public void onTurnEnd() {
        listener.onTurnEnd();
    }

    private void begin(EntryId entryId, RequestStamp stamp) {
        EntryId before = tables.header.lastApplied;
        Invariants.check(
                entryId.index() == before.index() + 1,
                "entries are applied in order, none twice",
                before.index(),
                entryId.index());
        Invariants.check(entryId.term() >= before.term(), "terms only rise", before.term(), entryId.term());
        context.begin(entryId, stamp);
    }

    private void finish() {
        tables.header.lastApplied = context.entryId();
        tables.store.reclaimSome();
        long index = context.entryId().index();
        if (index % tables.header.settings.getCheckpointInterval() == 0) {
            checkpoints.add(index, tables.digest());
        }
        publish();
        context.tellAll();
    }

    private void publish() {
        Header header = tables.header;
        published = new Published(
                header.lastApplied,
                header.revision,
                header.nowNanos,
                header.oldestRevision,
                header.featureLevel,
                ending.anythingCanExpire(),
                serverCommands.moreToExpire(),
                compactTo());
    }

    /// A proposal stands until an entry has carried it out, so that it is worked out once.
    private long compactTo() {
        Header header = tables.header;
        if (proposedCompaction > header.oldestRevision) {
            return proposedCompaction;
        }
        long retained = header.settings.getHistoryRetentionRevisions();
        long retainedBytes = header.settings.getHistoryRetentionBytes();
        if (header.revision - header.oldestRevision > retained + retained / COMPACTION_SLACK_DIVISOR) {
            proposedCompaction = header.revision - retained;
        } else if (tables.store.historyBytes() > retainedBytes + retainedBytes / COMPACTION_SLACK_DIVISOR) {
            proposedCompaction = tables.store.compactionFor(retainedBytes);
        } else {
            proposedCompaction = 0;
        }
        return proposedCompaction;
    }

    /// What has been applied. Any thread.
    public Published published() {
        return published;
    }

    /// Whether the query may be read on any thread; the others only on the apply agent.
    public static boolean canReadAnywhere(Query query) {
        return query.hasGet() || query.hasRange() || query.hasCount();
    }

    /// Answers the query from what has been applied.
    public QueryResult read(Query query) {
        return queries.read(query);
    }

    /// The state as of the last applied entry. Quick: it pins the store's history and copies the small tables.
    public SnapshotCut cut() {
        return new StateSnapshot(tables);
    }

    /// The digest of the state as of the last applied entry.
    public DigestValue digest() {
        return tables.digest();
    }

    /// The digests at the last 64 checkpoints, oldest first. Any thread.
    public List<Checkpoint> checkpoints() {
        return checkpoints.all();
    }

    /// The last checkpoint that a majority agreed on (rule 31).
    public @Nullable Checkpoint agreedCheckpoint() {
        return tables.header.verdict;
    }

    /// The newest checkpoint at which this very state was compared with the majority's and found equal; 0 =
    /// none since the start. On the apply agent.
    public long matchedCheckpointIndex() {
        return serverCommands.matchedIndex();
    }

    /// Counts what the state holds; takes time in proportion to the number of locks. On the apply agent.
    public StateCounts counts() {
        return new StateCounts(
                tables.sessions.count(), tables.locks.holders(), tables.locks.waiters(), tables.stateBytes());
    }

    /// The limits in force.
    public ClusterSettings settings() {
        return tables.header.settings;
    }

    /// What members said of themselves.
    public MemberDirectory members() {
        return tables.members;
    }

    /// Who the cluster became by a restore; `null` = it still is who it was bootstrapped as.
    public @Nullable RestoredIdentity restoredIdentity() {
        return tables.header.identity;
    }

    /// The keys with their history, for watches. Any thread.
    public KeyHistory keyHistory() {
        return tables.store;
    }

    /// The newest release of every namespace, for watches. On the apply agent.
    public List<ConfigRelease> newestReleases() {
        return tables.config.newestReleases();
    }

    /// The leader of every election that has one, for watches. On the apply agent.
    public List<StateEvent.LeaderChanged> currentLeaders() {
        return tables.elections.currentLeaders(tables.sessions);
    }

    /// What is in force for the client of a session, to be told again after a reconnection: the `currentEvents` of all
    /// ownership tables together. On the apply agent.
    public List<SessionEvent> currentEvents(long sessionId) {
        return tables.ownership.stream()
                .flatMap(table -> table.currentEvents(sessionId).stream())
                .toList();
    }
}
