package io.gavel.server.state.table;

import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.Guard;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.raft.EntryId;
import io.gavel.server.entry.v1.ClusterSettings;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a table sees of the entry that is being applied, and how it says what changed. Confined to the apply agent.
///
/// Revisions: a *change* is everything that becomes visible together. A command is one change; an entry of time may
/// hold many (one for each session, key or wait that ended). The first [#changeRevision()] of a change raises the
/// store's revision by one; a change that asks for none leaves it alone. So refusals, opened and renewed sessions and
/// queued waiters cost no revision, and a revision is never split.
public interface ApplyContext {
    EntryId entryId();

    /// Replicated time T: the only clock of the state machine (rule 1).
    long nowNanos();

    ClusterSettings settings();

    /// The session that sent the command; 0 = none.
    long sessionId();

    /// The command's sequence in its session; 0 = none.
    long sequence();

    /// The store's revision, this change included if it has one.
    long revision();

    /// The revision of this change.
    long changeRevision();

    /// Ends this change and begins another one in the same entry.
    void nextChange();

    /// A token higher than every one before it, of all locks and elections together (rule 10).
    long nextToken();

    LiveSessions sessions();

    /// `null` if all guards hold, else the refusal of the first that does not.
    @Nullable
    Error checkGuards(List<Guard> guards);

    /// `null` if the state may grow by this many bytes, else the refusal (rule 33). Shrinking always may.
    @Nullable
    Error checkGrowth(long bytes);

    /// No lock or leadership is granted before this replicated time: a restored cluster waits until no client of the
    /// old one can believe it holds (rule 11). 0 = no such wait.
    long grantsBlockedUntilNanos();

    /// Tells watchers; the event carries [#changeRevision()].
    void publish(StateEvent event);

    /// Tells the client of a session.
    void notifySession(long sessionId, SessionEvent event);
}
