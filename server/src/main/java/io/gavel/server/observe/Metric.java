package io.gavel.server.observe;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Every metric of our own. In Prometheus a name has underscores, its unit, and `_total` if it counts.
public enum Metric {
    BUILD_INFO("gavel.build.info", null, "1, with the version as a label"),

    RAFT_HAS_LEADER("gavel.raft.has.leader", null, "1 while this member knows a leader"),
    RAFT_IS_LEADER("gavel.raft.is.leader", null, "1 while this member leads"),
    RAFT_LEADER_CHANGES("gavel.raft.leader.changes", null, "leaders this member has seen come"),
    RAFT_TERM("gavel.raft.term", null, "the current term"),
    RAFT_COMMIT_INDEX("gavel.raft.commit.index", null, "the highest index known committed"),
    RAFT_APPLIED_INDEX("gavel.raft.applied.index", null, "the highest index applied here"),
    RAFT_PEER_LAG("gavel.raft.peer.lag.entries", null, "entries a peer has not acknowledged, on the leader"),
    RAFT_PROPOSALS("gavel.raft.proposals", null, "proposals, by result"),
    RAFT_PROPOSALS_PENDING("gavel.raft.proposals.pending", null, "proposals that wait for their result"),
    RAFT_COMMIT("gavel.raft.commit", "seconds", "from a proposal's arrival to its result"),

    JOURNAL_FSYNC("gavel.journal.fsync", "seconds", "one fsync of the journal"),
    JOURNAL_SIZE("gavel.journal.size", "bytes", "what the journal takes on disk"),
    DISK_FREE("gavel.disk.free", "bytes", "free space where the data is"),
    SNAPSHOT("gavel.snapshot", "seconds", "writing one snapshot"),

    STATE_REVISION("gavel.state.revision", null, "the store's revision"),
    STATE_SIZE("gavel.state.size", "bytes", "what the replicated state is accounted for"),
    SESSIONS("gavel.sessions", null, "live sessions"),
    LOCKS_HELD("gavel.locks.held", null, "grants of locks in force"),
    LOCK_WAITERS("gavel.lock.waiters", null, "requests queued for a lock"),

    SESSION_STREAMS("gavel.session.streams", null, "open session streams of this member"),
    WATCH_STREAMS("gavel.watch.streams", null, "open watches of this member"),
    REQUESTS_REFUSED("gavel.requests.refused", null, "requests refused before the log, by code"),

    MAILBOX_DEPTH("gavel.mailbox.depth", null, "items queued for an agent"),
    MAILBOX_SIZE("gavel.mailbox.size", "bytes", "bytes queued for an agent");

    private final String meterName;
    private final @Nullable String unit;
    private final String meaning;

    Metric(String meterName, @Nullable String unit, String meaning) {
        this.meterName = meterName;
        this.unit = unit;
        this.meaning = meaning;
    }

    /// The name with dots, as Micrometer wants it.
    public String meterName() {
        return meterName;
    }

    /// The base unit, or null for plain numbers.
    public @Nullable String unit() {
        return unit;
    }

    public String meaning() {
        return meaning;
    }

    /// What the name begins with in Prometheus.
    public String prometheusPrefix() {
        return meterName.replace('.', '_').toLowerCase(Locale.ROOT);
    }
}
