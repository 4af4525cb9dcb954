package io.gavel.server.state;

import io.gavel.server.entry.v1.ClusterSettings;

/// The limits of a cluster whose log has not changed them. They belong to feature level 1: another default needs
/// another level, or members of two versions would decide differently (rule 28).
public final class DefaultSettings {
    public static final ClusterSettings LEVEL_1 = ClusterSettings.newBuilder()
            .setClockClampNanos(500_000_000L)
            .setMinTtlMillis(1_000)
            .setMaxTtlMillis(86_400_000)
            .setMaxKeyBytes(1 << 10)
            .setMaxValueBytes(1 << 20)
            .setMaxTxnOperations(128)
            .setMaxResultBytes(1 << 20)
            .setSessionWindow(1_024)
            .setSessionResultBytes(4L << 20)
            .setTotalResultBytes(64L << 20)
            .setMaxSessions(20_000)
            .setMaxStateBytes(512L << 20)
            .setMaxWaitersPerLock(10_000)
            .setMaxKeysPerSession(4_096)
            .setHistoryRetentionRevisions(200_000)
            .setHistoryRetentionBytes(64L << 20)
            .setExpirySessionsPerEntry(256)
            .setExpiryKeysPerEntry(4_096)
            .setCheckpointInterval(1_024)
            .setMaxConfigReleases(100)
            .setMaxConfigBytes(1 << 20)
            .setMaxPrefixDeleteKeys(100_000)
            .build();

    private DefaultSettings() {}
}
