package io.gavel.server.state.table;

/// The first byte of every record key of a table, in the order in which snapshots hold the tables.
/// Part of the snapshot format.
public enum TableId {
    /// Replicated time, counters, settings, feature level, compaction floor.
    HEADER(1),
    MEMBERS(2),
    KEY_VALUE(16),
    SESSIONS(32),
    LOCKS(48),
    ELECTIONS(49),
    CONFIG(64);

    private final byte code;

    TableId(int code) {
        this.code = (byte) code;
    }

    public byte code() {
        return code;
    }
}
