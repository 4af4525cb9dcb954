package io.gavel.server.observe;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Every metric of our own. In Prometheus a name has underscores, its unit, and `_total` if it counts.
public enum Metric {
    BUILD_INFO("gavel.build.info", Kind.GAUGE, null, "1, with the version as a label"),

    RAFT_HAS_LEADER("gavel.raft.has.leader", Kind.GAUGE, null, "1 while this member knows a leader"),
    RAFT_IS_LEADER("gavel.raft.is.leader", Kind.GAUGE, null, "1 while this member leads"),
    RAFT_LEADER_CHANGES("gavel.raft.leader.changes", Kind.COUNTER, null, "leaders this member has seen come"),
    RAFT_ELECTIONS("gavel.raft.elections", Kind.COUNTER, null, "elections this member stood in"),
    RAFT_TERM("gavel.raft.term", Kind.GAUGE, null, "the current term"),
    RAFT_COMMIT_INDEX("gavel.raft.commit.index", Kind.GAUGE, null, "the highest index known committed"),
    RAFT_APPLIED_INDEX("gavel.raft.applied.index", Kind.GAUGE, null, "the highest index applied here"),
    RAFT_APPLY_LAG("gavel.raft.apply.lag.entries", Kind.GAUGE, null, "committed entries that are not applied here"),
    RAFT_PEER_LAG(
            "gavel.raft.peer.lag.entries", Kind.GAUGE, null, "entries the slowest live peer lacks, on the leader"),
    RAFT_VOTERS("gavel.raft.voters", Kind.GAUGE, null, "voters of the configuration"),
    RAFT_REPAIRING(
            "gavel.raft.repairing",
            Kind.GAUGE,
            null,
            "1 while this member does not vote: its log lacks entries, or its disk is an old copy"),
    RAFT_WRITES_STOPPED(
            "gavel.raft.writes.stopped", Kind.GAUGE, null, "1 on a leader that knows no state a majority agrees on"),

    JOURNAL_COMMIT(
            "gavel.journal.commit", Kind.TIMER, "seconds", "writing one batch to the journal and forcing it to disk"),
    JOURNAL_BATCH("gavel.journal.batch", Kind.SUMMARY, "bytes", "size of a batch written to the journal"),
    JOURNAL_WRITES("gavel.journal.writes", Kind.COUNTER, null, "writes of the core that became durable"),
    DISK_FREE("gavel.disk.free", Kind.GAUGE, "bytes", "free space where the data is"),
    DISK_RESERVE("gavel.disk.reserve", Kind.GAUGE, "bytes", "free space below which this member reports no room"),
    DISK_SHORT("gavel.disk.short", Kind.GAUGE, null, "1 while less is free than the reserve"),
    GROWTH_REFUSED("gavel.growth.refused", Kind.GAUGE, null, "1 on a leader that refuses growth for lack of room"),
    SNAPSHOT_TAKEN("gavel.snapshot.taken", Kind.TIMER, "seconds", "writing one snapshot"),
    SNAPSHOT_SIZE("gavel.snapshot.size", Kind.GAUGE, "bytes", "size of the newest snapshot"),
    SNAPSHOTS_INSTALLED(
            "gavel.snapshots.installed", Kind.COUNTER, null, "snapshots of a leader that replaced the state here"),

    STATE_REVISION("gavel.state.revision", Kind.GAUGE, null, "the store's revision"),
    STATE_TIME("gavel.state.time", Kind.GAUGE, "seconds", "replicated time"),
    STATE_FEATURE_LEVEL("gavel.state.feature.level", Kind.GAUGE, null, "the feature level in force"),
    STATE_AGREED_INDEX(
            "gavel.state.agreed.index", Kind.GAUGE, null, "the last checkpoint at which a majority holds one state"),
    STATE_SIZE("gavel.state.size", Kind.GAUGE, "bytes", "what the replicated state is accounted for"),
    SESSIONS("gavel.sessions", Kind.GAUGE, null, "sessions"),
    LOCKS_HELD("gavel.locks.held", Kind.GAUGE, null, "grants of locks in force"),
    LOCK_WAITERS("gavel.lock.waiters", Kind.GAUGE, null, "requests queued for a lock"),

    REQUESTS("gavel.requests", Kind.TIMER, "seconds", "commands, from arrival to answer, by kind and code"),
    REQUESTS_WAITING("gavel.requests.waiting", Kind.GAUGE, null, "requests queued for the consensus agent"),
    REQUESTS_REJECTED("gavel.requests.rejected", Kind.COUNTER, null, "requests refused because that queue was full"),
    SESSION_STREAMS("gavel.session.streams", Kind.GAUGE, null, "open session streams of this member"),
    WATCH_STREAMS("gavel.watch.streams", Kind.GAUGE, null, "open watches of this member"),

    PEERS_CONNECTED("gavel.peers.connected", Kind.GAUGE, null, "other members there is a live connection to"),
    PEER_DROPPED("gavel.peer.dropped", Kind.COUNTER, null, "messages to or from members that were dropped, by reason"),
    PEER_REFUSED("gavel.peer.refused", Kind.COUNTER, null, "streams refused because of who the other one is"),
    PEER_DISCONNECTS("gavel.peer.disconnects", Kind.COUNTER, null, "connections to members that broke");

    /// What a value does.
    public enum Kind {
        /// Goes up and down; asked for at each scrape.
        GAUGE,
        /// Only rises.
        COUNTER,
        /// A histogram of durations.
        TIMER,
        /// A histogram of sizes.
        SUMMARY
    }

    private final String meterName;
    private final Kind kind;
    private final @Nullable String unit;
    private final String meaning;

    Metric(String meterName, Kind kind, @Nullable String unit, String meaning) {
        this.meterName = meterName;
        this.kind = kind;
        this.unit = unit;
        this.meaning = meaning;
    }

    /// The name with dots, as Micrometer wants it.
    public String meterName() {
        return meterName;
    }

    public Kind kind() {
        return kind;
    }

    /// The base unit, or null for plain numbers.
    public @Nullable String unit() {
        return unit;
    }

    public String meaning() {
        return meaning;
    }

    /// The name in Prometheus, without the suffixes of a histogram's series.
    public String prometheusName() {
        String name = meterName.replace('.', '_').toLowerCase(Locale.ROOT);
        String withUnit = unit == null ? name : name + "_" + unit;
        return kind == Kind.COUNTER ? withUnit + "_total" : withUnit;
    }
}
