package io.gavel.server.node;

/// What agents measure of their own work. Any thread; must not block.
interface NodeMeters {
    /// Nobody listens.
    NodeMeters NONE = new NodeMeters() {
        @Override
        public void onJournalCommit(int writes, int bytes, long nanos) {}

        @Override
        public void onSnapshotTaken(long nanos) {}
    };

    /// A batch of this many writes and bytes became durable.
    void onJournalCommit(int writes, int bytes, long nanos);

    /// A snapshot was written.
    void onSnapshotTaken(long nanos);
}
