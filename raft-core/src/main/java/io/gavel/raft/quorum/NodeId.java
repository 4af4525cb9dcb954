package io.gavel.raft.quorum;

/// A member's number in the cluster, from 1.
public record NodeId(int value) implements Comparable<NodeId> {
    public NodeId {
        if (value < 1) {
            throw new IllegalArgumentException("member id must be at least 1, was " + value);
        }
    }

    @Override
    public int compareTo(NodeId other) {
        return Integer.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Integer.toString(value);
    }
}
