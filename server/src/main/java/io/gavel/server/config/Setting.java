package io.gavel.server.config;

import java.util.Locale;

/// Every setting of a node. One name everywhere: `election-timeout` in the YAML file, `GAVEL_ELECTION_TIMEOUT` in the
/// environment, `--election-timeout` as a flag.
public enum Setting {
    ID("id", Kind.INTEGER, "", 1, 65_535, "this member's number, one of those in cluster"),
    DATA("data", Kind.PATH, "", 0, 0, "directory of the journal, snapshots and identity"),
    CLUSTER("cluster", Kind.CLUSTER, "", 0, 0, "all first members: ID=PEER/CLIENT,ID=PEER/CLIENT,…"),
    LISTEN("listen", Kind.ENDPOINT, "", 0, 0, "where clients connect; default: this member's entry in cluster"),
    PEER_LISTEN("peer-listen", Kind.ENDPOINT, "", 0, 0, "where members connect; default: the entry in cluster"),
    ADMIN_LISTEN("admin-listen", Kind.ENDPOINT, "127.0.0.1:0", 0, 0, "metrics and probes over HTTP"),

    ELECTION_TIMEOUT(
            "election-timeout", Kind.DURATION, "1s", ms(50), ms(60_000), "silence before an election, at least"),
    HEARTBEAT_INTERVAL(
            "heartbeat-interval", Kind.DURATION, "100ms", ms(5), ms(10_000), "between a leader's heartbeats"),
    CLOCK_INTERVAL("clock-interval", Kind.DURATION, "250ms", ms(10), ms(5_000), "between clock entries in the log"),
    SHUTDOWN_TIMEOUT("shutdown-timeout", Kind.DURATION, "5s", ms(0), ms(600_000), "for leaving in order after SIGTERM"),

    SEGMENT_SIZE("segment-size", Kind.SIZE, "64MiB", mib(4), mib(1024), "one journal file"),
    SNAPSHOT_THRESHOLD(
            "snapshot-threshold", Kind.SIZE, "256MiB", mib(1), mib(65_536), "journal growth between snapshots"),
    DISK_RESERVE("disk-reserve", Kind.SIZE, "256MiB", mib(1), mib(65_536), "free space below which growth is refused"),

    MAILBOX_ITEMS("mailbox-items", Kind.INTEGER, "16384", 64, 1_048_576, "queued items of one agent"),
    MAILBOX_BYTES("mailbox-bytes", Kind.SIZE, "64MiB", mib(4), mib(4096), "queued bytes of one agent"),
    MESSAGE_BYTES("message-bytes", Kind.SIZE, "8MiB", mib(4), mib(64), "one gRPC message, either way"),
    STREAM_BYTES("stream-bytes", Kind.SIZE, "16MiB", mib(1), mib(1024), "answers queued for one slow session stream"),
    WATCH_BYTES("watch-bytes", Kind.SIZE, "8MiB", mib(1), mib(1024), "events queued for one slow watch"),
    STREAMS("streams", Kind.INTEGER, "10000", 1, 1_000_000, "open session streams and watches, each"),

    PARENT_PID("parent-pid", Kind.INTEGER, "0", 0, Integer.MAX_VALUE, "stop when this process is gone; 0 = no parent");

    /// How a setting's text is read.
    public enum Kind {
        INTEGER,
        PATH,
        ENDPOINT,
        CLUSTER,
        DURATION,
        SIZE
    }

    private final String key;
    private final Kind kind;
    private final String defaultText;
    private final long min;
    private final long max;
    private final String meaning;

    Setting(String key, Kind kind, String defaultText, long min, long max, String meaning) {
        this.key = key;
        this.kind = kind;
        this.defaultText = defaultText;
        this.min = min;
        this.max = max;
        this.meaning = meaning;
    }

    /// The name in the file and, after `--`, of the flag.
    public String key() {
        return key;
    }

    public Kind kind() {
        return kind;
    }

    /// The name in the environment.
    public String environmentName() {
        return "GAVEL_" + key.toUpperCase(Locale.ROOT).replace('-', '_');
    }

    /// What holds when nobody sets it; empty = there is no fixed default.
    public String defaultText() {
        return defaultText;
    }

    /// One line for `--help` and the configuration reference.
    public String meaning() {
        return meaning;
    }

    long min() {
        return min;
    }

    long max() {
        return max;
    }

    /// An amount of this setting, in the unit its limits are written in.
    String format(long amount) {
        return switch (kind) {
            case DURATION -> Quantities.formatNanos(amount);
            case SIZE -> Quantities.formatBytes(amount);
            case INTEGER, PATH, ENDPOINT, CLUSTER -> Long.toString(amount);
        };
    }

    private static long ms(long millis) {
        return millis * 1_000_000;
    }

    private static long mib(long mebibytes) {
        return mebibytes << 20;
    }
}
