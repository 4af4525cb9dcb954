package io.gavel.raft.quorum;

/// 128 random bits that tell one life of a member id from the next (rule 19).
public record MemberUuid(long high, long low) {
    @Override
    public String toString() {
        return String.format(java.util.Locale.ROOT, "%016x%016x", high, low);
    }
}
