package io.gavel.faults.sim.net;

/// One direction between two machines.
public final class Link {
    private final String from;
    private final String to;
    private int blocks;
    private long delayNanos;
    private double dropRate;
    private double duplicateRate;

    Link(String from, String to) {
        this.from = from;
        this.to = to;
    }

    public String from() {
        return from;
    }

    public String to() {
        return to;
    }

    boolean isBlocked() {
        return blocks > 0;
    }

    void block() {
        blocks++;
    }

    void unblock() {
        blocks--;
    }

    long delayNanos() {
        return delayNanos;
    }

    /// How much later than usual everything arrives.
    public void delay(long nanos) {
        delayNanos = nanos;
    }

    double dropRate() {
        return dropRate;
    }

    double duplicateRate() {
        return duplicateRate;
    }

    /// What becomes of single frames between members, as when a full queue drops them.
    public void disturb(double drop, double duplicate) {
        dropRate = drop;
        duplicateRate = duplicate;
    }
}
