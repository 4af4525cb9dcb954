package io.gavel.server.storage;

/// Measures of the journal, on its own thread.
public interface JournalListener {
    /// One batch became durable: its size and how long writing and forcing it took.
    void onCommit(int writes, int bytes, long nanos);

    /// Writes wait because there is no space for a new segment, or go on again.
    void onDiskFull(boolean waiting);

    /// This much may still be allocated on the disk: after writes, and now and then while [#isSpaceShort()].
    void onUsableSpace(long bytes);

    /// Whether the listener wants to hear of free space although nothing is written.
    boolean isSpaceShort();

    /// Takes no notice.
    JournalListener NONE = new JournalListener() {
        @Override
        public void onCommit(int writes, int bytes, long nanos) {}

        @Override
        public void onDiskFull(boolean waiting) {}

        @Override
        public void onUsableSpace(long bytes) {}

        @Override
        public boolean isSpaceShort() {
            return false;
        }
    };
}
