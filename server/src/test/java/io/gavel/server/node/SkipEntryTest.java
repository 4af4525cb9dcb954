package io.gavel.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.raft.Payload;
import io.gavel.server.agent.ExitCode;
import io.gavel.server.entry.EntryHash;
import io.gavel.server.restore.EntrySkip;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Rule 34 on real nodes: an entry that no member can apply, and the way out.
@Timeout(120)
final class SkipEntryTest {
    private static final Payload POISON = Payload.wrap(new byte[] {1, 2, 3});

    @TempDir
    Path directory;

    @Test
    void anEntryThatNoMemberCanApplyIsLeftOutWhereEveryMemberIsTold() throws Exception {
        try (EmbeddedCluster cluster = EmbeddedCluster.start(directory, 3)) {
            cluster.putUntilAcknowledged(cluster.awaitLeader(), "before", "kept");
            long index = poison(cluster);
            EntryHash hash = EntryHash.of(POISON);
            for (int id = 1; id <= 3; id++) {
                EntrySkip.note(cluster.dataDirectory(id), index, hash);
            }

            cluster.startAll();

            Node leader = cluster.awaitLeader();
            cluster.putUntilAcknowledged(leader, "after", "served");
            assertThat(cluster.get(leader, "before")).isEqualTo("kept");
            cluster.awaitEqualDigests();
            assertThat(leader.machine().skipped()).containsOnlyKeys(index).containsValue(hash);
            cluster.nodes().forEach(cluster::saveSnapshot);
            cluster.killAll();
            cluster.startAll();
            assertThat(cluster.awaitLeader().machine().skipped()).containsOnlyKeys(index);
        }
    }

    @Test
    void aMemberThatWasToldOfAnotherEntryHaltsInsteadOfLeavingOutWhatItHas() throws Exception {
        try (EmbeddedCluster cluster = EmbeddedCluster.start(directory, 3)) {
            long index = poison(cluster);
            for (int id = 1; id <= 3; id++) {
                EntryHash hash = EntryHash.of(id == 2 ? Payload.EMPTY : POISON);
                EntrySkip.note(cluster.dataDirectory(id), index, hash);
            }

            cluster.startAll();

            cluster.awaitHalt(2, ExitCode.STATE_DIVERGED);
            cluster.putUntilAcknowledged(cluster.awaitLeader(), "after", "served by the others");
        }
    }

    /// Commits an entry that stops every member, and waits until all have; returns its index.
    private static long poison(EmbeddedCluster cluster) {
        Node leader = cluster.awaitLeader();
        cluster.awaitEqualDigests();
        long before = leader.machine().published().lastApplied().index();
        leader.consensus().propose(POISON.bytes(), cluster.deadline(), _ -> {});
        cluster.awaitAllHalt(ExitCode.INVARIANT_VIOLATED);
        return before + 1;
    }
}
