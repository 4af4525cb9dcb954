package io.gavel.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.disk.sim.SimDisk;
import io.gavel.server.disk.sim.SimDisk.Keep;
import io.gavel.server.storage.ClusterId;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Rule 20: a candidacy is durable before anybody hears of it, and damage to it is never taken for its
/// absence.
final class CharterTest {
    private static final Charter CANDIDACY = new Charter(new MemberUuid(1, 2), new ClusterId(3, 4), 5, null);
    private static final Configuration FIRST =
            Configuration.of(List.of(new Member(new NodeId(1), new MemberUuid(1, 2), "localhost:1")));

    private final SimDisk disk = new SimDisk();

    @Test
    void aNewNodeHasNone() throws IOException {
        assertThat(Charter.read(disk)).isNull();
    }

    @Test
    void isReadBackAsItWasWrittenAfterAPowerLoss() throws IOException {
        CANDIDACY.write(disk);
        disk.restart(Keep.FORCED, new SplittableRandom(1));
        assertThat(Charter.read(disk)).isEqualTo(CANDIDACY);

        Charter founded = CANDIDACY.founded(new ClusterId(8, 9), 10, FIRST);
        founded.write(disk);
        disk.restart(Keep.FORCED, new SplittableRandom(1));
        assertThat(Charter.read(disk)).isEqualTo(founded);
        assertThat(founded.uuid()).isEqualTo(CANDIDACY.uuid());

        Charter joined = CANDIDACY.founded(new ClusterId(8, 9), 10, Configuration.EMPTY);
        joined.write(disk);
        assertThat(Charter.read(disk)).isEqualTo(joined);
    }

    @Test
    void aCrashWhileItIsReplacedLeavesTheOldOrTheNewOne() throws IOException {
        Charter founded = CANDIDACY.founded(new ClusterId(8, 9), 10, FIRST);
        for (int step = 1; step < 20; step++) {
            SimDisk crashing = new SimDisk();
            CANDIDACY.write(crashing);
            crashing.crashAtStep(crashing.steps() + step);
            try {
                founded.write(crashing);
            } catch (IOException | RuntimeException crashed) {
                assertThat(crashed).isNotNull();
            }
            crashing.restart(Keep.RANDOM_SUBSET, new SplittableRandom(step));
            assertThat(Charter.read(crashing)).isIn(CANDIDACY, founded);
        }
    }
}
