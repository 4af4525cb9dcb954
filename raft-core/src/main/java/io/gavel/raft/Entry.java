package io.gavel.raft;

/// One entry of the log.
public record Entry(EntryId id, EntryKind kind, Payload payload) {
    public long term() {
        return id.term();
    }

    public long index() {
        return id.index();
    }
}
