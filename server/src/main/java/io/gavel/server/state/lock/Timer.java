package io.gavel.server.state.lock;

/// Something that replicated time alone ends: the wait of a waiter, or the time that a loss still blocks.
/// Ordered by time, then by queue position or token, then by name, which no member sees differently.
record Timer(long atNanos, Claim.State state, long number, String name) implements Comparable<Timer> {
    @Override
    public int compareTo(Timer other) {
        int order = Long.compare(atNanos, other.atNanos);
        if (order == 0) {
            order = state.compareTo(other.state);
        }
        if (order == 0) {
            order = Long.compare(number, other.number);
        }
        return order == 0 ? OwnershipNames.ORDER.compare(name, other.name) : order;
    }
}
