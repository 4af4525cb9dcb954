package io.gavel.server.state.table;

/// How much one entry may still remove because of time (rule 2). What does not fit waits for the next entry.
public final class ExpiryBudget {
    private int sessions;
    private int keys;
    private boolean exceeded;

    public ExpiryBudget(int sessions, int keys) {
        this.sessions = sessions;
        this.keys = keys;
    }

    /// Takes one session with this many keys. The first session always fits, so that every entry makes progress.
    public boolean takeSession(int sessionKeys, boolean first) {
        if (!first && (sessions < 1 || keys < sessionKeys)) {
            exceeded = true;
            return false;
        }
        sessions -= 1;
        keys -= sessionKeys;
        return true;
    }

    /// Takes one key, wait or delay.
    public boolean takeOne() {
        if (keys < 1) {
            exceeded = true;
            return false;
        }
        keys -= 1;
        return true;
    }

    /// Whether something due had to be left for the next entry.
    public boolean exceeded() {
        return exceeded;
    }
}
