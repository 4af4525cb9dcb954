package io.gavel.faults.scenario;

import io.gavel.faults.sim.Stage;
import io.gavel.faults.sim.StageSetting;
import java.util.List;
import java.util.stream.Stream;

/// All incidents that can occur in our design, staged; `docs/reference/scenarios.md` has them as a table,
/// together with those that cannot occur.
public final class Scenarios {
    private static final StageSetting SMALL = StageSetting.DEFAULT;
    private static final StageSetting SHORT_SESSIONS = SMALL.withTtlMillis(3_000);

    private Scenarios() {}

    private static Scenario of(String name, String incident, StageSetting setting, Stage.Story story, String... bugs) {
        return new Scenario(name, incident, setting, story, List.of(bugs));
    }

    /// All of them.
    public static List<Scenario> all() {
        return Stream.of(sessions(), disks(), states(), clients(), members())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Scenario> sessions() {
        return List.of(
                of(
                        "late-echoes",
                        "a stale linearizable read through a reused ReadIndex request (etcd #20418)",
                        SMALL,
                        ReadStories::lateEchoes,
                        "read-without-fresh-round"),
                of(
                        "dead-waiter",
                        "locked with an expired lease (etcd #11456)",
                        SHORT_SESSIONS,
                        SessionStories::deadWaiter,
                        "grant-to-dead-session"),
                of(
                        "waking-leader",
                        "an old leader, stuck in a sync, revokes everything on waking (etcd #15247, #12528)",
                        SHORT_SESSIONS,
                        SessionStories::wakingLeader,
                        "waking-leader-makes-up-time"),
                of(
                        "leader-after-leader",
                        "TTLs restart or vanish at a leader change (etcd #9888, #17132)",
                        SMALL,
                        SessionStories::leaderAfterLeader,
                        "clock-keeps-old-base"),
                of(
                        "late-renewal-answers",
                        "a client counts its lease from the answer (Redlock's critics)",
                        SMALL.withTtlMillis(20_000),
                        SessionStories::lateRenewalAnswers,
                        "lease-from-answer"));
    }

    private static List<Scenario> disks() {
        return List.of(
                of(
                        "single-member",
                        "an acknowledged write lost on a single node (etcd #14370)",
                        SMALL.withNodes(1),
                        DiskStories::singleMember,
                        "journal-not-synced"),
                of(
                        "voters-lose-power",
                        "term and vote in two writes (hashicorp/raft #661), a vote that was not saved (sofa-jraft #96)",
                        SMALL,
                        DiskStories::votersLosePower,
                        "vote-before-durable"),
                of(
                        "power-loss-in-catch-up",
                        "a follower acknowledges before it is durable while it catches up (ZooKeeper PR #1445, #2111)",
                        SMALL.withNodes(5),
                        DiskStories::powerLossInCatchUp,
                        "append-acknowledged-before-durable"),
                of(
                        "passing-disk-error",
                        "a rejoin with a hole after a passing disk error (ZooKeeper PR #2268)",
                        SMALL,
                        DiskStories::passingDiskError,
                        "failed-sync-ignored"),
                of(
                        "emptied-disk",
                        "an emptied disk rejoins as the same member (dragonboat #256)",
                        SMALL,
                        DiskStories::emptiedDisk,
                        "rolled-back-disk-welcome"),
                of(
                        "power-loss-in-install",
                        "an applied index saved apart from its data (etcd #13766)",
                        SMALL.withSnapshots(2_000, 0),
                        StateStories::powerLossInInstall,
                        "snapshot-installed-unsynced"));
    }

    private static List<Scenario> clients() {
        return List.of(
                of(
                        "lost-answers",
                        "a retried call that is not idempotent (jetcd up to 0.8.2; etcd #14890, #18424)",
                        SMALL,
                        ClientStories::lostAnswers,
                        "duplicate-executed"),
                of(
                        "sleeping-leader",
                        "two leaders in an election recipe (curator #1211, #1137, #1169)",
                        SHORT_SESSIONS,
                        ClientStories::sleepingLeader,
                        "guard-accepts-any-token"),
                of(
                        "late-grant",
                        "a grant for somebody who gave up (curator #1169)",
                        SMALL,
                        ClientStories::lateGrant,
                        "late-grant-kept"),
                of(
                        "watch-reconnects",
                        "a watch loses events or goes back at a reconnect (etcd #15271, #18089)",
                        SMALL,
                        WatchStories::reconnects,
                        "watch-resumes-one-late"),
                of(
                        "watch-slow-readers",
                        "a watch loses events behind what is kept (etcd #19179, #20221)",
                        SMALL.withTinyWatches(),
                        WatchStories::slowReaders,
                        "watch-snapshot-too-new"),
                of(
                        "watch-resumes-from-history",
                        "a watch that resumes misses what was written meanwhile (etcd #18089, #20221)",
                        SMALL.withTinyWatches(),
                        WatchStories::resumesFromHistory,
                        "history-starts-one-late",
                        "watch-goes-on-one-late"),
                of(
                        "watch-behind-its-member",
                        "a watch loses events when its member catches up (etcd #19179)",
                        SMALL.withTinyWatches(),
                        WatchStories::memberCatchesUp,
                        "watch-overrun-unnoticed"));
    }

    private static List<Scenario> members() {
        return List.of(
                of(
                        "replace-while-one-is-dead",
                        "a member cannot be added while one is down (etcd #16798); majorities that do not overlap",
                        SMALL,
                        MembershipStories::replaceWhileOneIsDead,
                        "outgoing-voters-ignored"),
                of(
                        "two-administrators",
                        "changes of members that overlap (errata of Raft's single-step change, 2015)",
                        SMALL,
                        MembershipStories::twoAdministrators,
                        "second-change-before-commit"),
                of(
                        "partial-partitions",
                        "no leader under partial partitions (hashicorp/raft #605)",
                        SMALL.withNodes(5),
                        ElectionStories::partialPartitions,
                        "vote-needs-one-more"),
                of(
                        "one-way-partitions",
                        "no leader under one-way partitions (hashicorp/raft #605)",
                        SMALL.withNodes(5),
                        ElectionStories::oneWayPartitions,
                        "vote-needs-one-more"),
                of(
                        "ill-leader",
                        "a stalled disk or a paused JVM keeps leadership (etcd #15247, tikv #19626)",
                        SHORT_SESSIONS,
                        ElectionStories::illLeader,
                        "stalled-leader-stays"));
    }

    private static List<Scenario> states() {
        return List.of(
                of(
                        "ways-to-one-state",
                        "members diverge in apply (etcd #14571, #18667)",
                        SMALL.withSnapshots(1L << 40, 0),
                        StateStories::waysToOneState,
                        "delete-missing-in-digest",
                        "results-missing-in-snapshot"),
                of(
                        "snapshots-under-load",
                        "half a transaction in a snapshot (ZooKeeper PR #606), a gap after purging (Ratis #360, #420)",
                        SMALL.withSnapshots(2_000, 0),
                        StateStories::snapshotsUnderLoad,
                        "snapshot-index-ahead"));
    }
}
