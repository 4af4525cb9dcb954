package io.gavel.faults.sim.client;

/// What became of a run's operations so far.
public final class Tally {
    private int ok;
    private int failed;
    private int unknown;
    private int open;

    void begun() {
        open++;
    }

    void ok() {
        open--;
        ok++;
    }

    void failed() {
        open--;
        failed++;
    }

    void unknown() {
        open--;
        unknown++;
    }

    public int okCount() {
        return ok;
    }

    public int failedCount() {
        return failed;
    }

    public int unknownCount() {
        return unknown;
    }

    /// Operations that have not ended.
    public int openCount() {
        return open;
    }
}
