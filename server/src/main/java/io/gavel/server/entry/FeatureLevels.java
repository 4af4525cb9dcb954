package io.gavel.server.entry;

/// The feature levels this version can apply. The level in force is replicated state and rises by an entry only,
/// once every member supports the new one (rule 28).
public final class FeatureLevels {
    /// The oldest level this version still applies.
    public static final int MIN = 1;
    /// The newest level this version applies.
    public static final int MAX = 1;

    private FeatureLevels() {}
}
