package io.gavel.server.state;

import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.raft.EntryId;
import io.gavel.raft.Payload;
import io.gavel.raft.quorum.Configuration;
import io.gavel.server.entry.Envelope;
import io.gavel.server.entry.UnsupportedEntryException;
import io.gavel.server.entry.v1.ClusterSettings;
import io.gavel.server.snapshot.RecordSink;
import io.gavel.server.snapshot.RecordSource;
import io.gavel.server.state.table.DigestValue;
import io.gavel.server.state.table.StateDigest;
import java.io.IOException;
import java.util.List;

/// The replicated state machine: a pure function of the log. Confined to the apply agent, except [#published()] and
/// the queries that [#canReadAnywhere] allows.
///
/// Any Throwable out of it means that this member cannot go on: the caller halts the process, it never skips an entry.
public final class StateMachine {
    private final StateListener listener;
    private volatile Published published = Published.EMPTY;

    public StateMachine(StateListener listener) {
        this.listener = listener;
    }

    /// Rebuilds the state from a snapshot and recomputes its digest.
    ///
    /// @throws IOException if the source cannot be read
    public static StateMachine restore(StateListener listener, RecordSource source) throws IOException {
        StateMachine machine = new StateMachine(listener);
        source.forEach((key, value) -> {
            throw new UnsupportedEntryException("record of unknown table " + key[0]);
        });
        return machine;
    }

    /// Applies a command entry.
    public void apply(EntryId entryId, Payload payload) {
        Envelope envelope = Envelope.decode(payload);
        switch (envelope.origin()) {
            case CLIENT, SERVER -> advance(entryId);
        }
    }

    /// Applies the no-op of a new term: only the index advances.
    public void onNoOp(EntryId entryId) {
        advance(entryId);
    }

    /// Applies a configuration entry: only the index advances.
    public void onConfiguration(EntryId entryId, Configuration configuration) {
        advance(entryId);
    }

    /// The caller has no more entries at hand.
    public void onTurnEnd() {
        listener.onTurnEnd();
    }

    private void advance(EntryId entryId) {
        Published before = published;
        published = new Published(
                entryId,
                before.revision(),
                before.replicatedTimeNanos(),
                before.compactedRevision(),
                before.featureLevel(),
                false,
                false,
                0);
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
        return QueryResult.newBuilder().setRevision(published.revision()).build();
    }

    /// The state as of the last applied entry. Quick: it pins the store's history and copies the small tables.
    public SnapshotCut cut() {
        Published cut = published;
        return new SnapshotCut() {
            @Override
            public EntryId lastIncluded() {
                return cut.lastApplied();
            }

            @Override
            public long revision() {
                return cut.revision();
            }

            @Override
            public DigestValue digest() {
                return new StateDigest().value();
            }

            @Override
            public void forEach(RecordSink sink) {}

            @Override
            public void close() {}
        };
    }

    /// The digests at the last checkpoints, oldest first.
    public List<Checkpoint> checkpoints() {
        return List.of();
    }

    /// The limits in force. Replicated.
    public ClusterSettings settings() {
        return ClusterSettings.getDefaultInstance();
    }

    /// What is in force for the client of a session, to be told again after a reconnection: the `currentEvents` of all
    /// ownership tables together. On the apply agent.
    public List<SessionEvent> currentEvents(long sessionId) {
        return List.of();
    }
}
