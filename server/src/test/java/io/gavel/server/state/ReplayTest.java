package io.gavel.server.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.gavel.raft.EntryId;
import io.gavel.raft.Payload;
import io.gavel.server.agent.ExitCode;
import io.gavel.server.agent.HaltException;
import io.gavel.server.entry.UnsupportedEntryException;
import io.gavel.server.entry.v1.ChangeSettings;
import io.gavel.server.entry.v1.ClusterSettings;
import io.gavel.server.entry.v1.DigestVerdict;
import io.gavel.server.entry.v1.RaiseFeatureLevel;
import io.gavel.server.entry.v1.ServerCommand;
import io.gavel.server.state.table.DigestValue;
import io.gavel.server.state.table.StateDigest;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Apply is a pure function of the log, whether it is read from the start or from a snapshot (I10, I13).
class ReplayTest {
    private static DigestValue digestOf(SortedMap<byte[], byte[]> records) {
        StateDigest digest = new StateDigest();
        records.forEach(digest::add);
        return digest.value();
    }

    @ParameterizedTest(name = "seed={0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void theSameLogGivesTheSameResultsEventsAndDigests(long seed) {
        List<Payload> log = RandomLog.of(seed, 2_000);
        LogDriver first = LogDriver.replay(log);
        LogDriver second = LogDriver.replay(log);
        assertThat(second.listener.trace).isEqualTo(first.listener.trace);
        assertThat(second.machine.checkpoints()).isEqualTo(first.machine.checkpoints());
        assertThat(second.machine.digest()).isEqualTo(first.machine.digest());
        assertThat(first.machine.checkpoints()).hasSize(64);
    }

    @ParameterizedTest(name = "seed={0}")
    @ValueSource(longs = {11, 12, 13, 14, 15, 16})
    void aSnapshotAtEveryIndexAndTheRestEqualTheLog(long seed) throws IOException {
        List<Payload> log = RandomLog.of(seed, 260);
        LogDriver whole = LogDriver.replay(log);
        LogDriver prefix = new LogDriver();
        for (int cutAt = 0; cutAt < log.size(); cutAt++) {
            prefix.append(log.get(cutAt));
            SnapshotCut cut = prefix.machine.cut();
            SortedMap<byte[], byte[]> records = LogDriver.recordsOf(cut);
            assertThat(digestOf(records))
                    .as("seed=%s: digest of the snapshot at %s", seed, cutAt + 1)
                    .isEqualTo(cut.digest());
            SimListener listener = new SimListener();
            StateMachine restored = StateMachine.restore(listener, LogDriver.sourceOf(records));
            assertThat(restored.digest()).isEqualTo(cut.digest());
            for (int i = cutAt + 1; i < log.size(); i++) {
                restored.apply(new EntryId(1, i + 1), log.get(i));
            }
            int told = listener.trace.size();
            assertThat(listener.trace)
                    .as("seed=%s: what a machine restored at %s tells", seed, cutAt + 1)
                    .isEqualTo(whole.listener.trace.subList(
                            whole.listener.trace.size() - told, whole.listener.trace.size()));
            assertThat(restored.digest())
                    .as("seed=%s: restored at %s", seed, cutAt + 1)
                    .isEqualTo(whole.machine.digest());
            assertThat(sorted(LogDriver.recordsOf(restored.cut())))
                    .isEqualTo(sorted(LogDriver.recordsOf(whole.machine.cut())));
        }
    }

    private static List<String> sorted(SortedMap<byte[], byte[]> records) {
        return records.entrySet().stream()
                .map(each -> Arrays.toString(each.getKey()) + Arrays.toString(each.getValue()))
                .toList();
    }

    @ParameterizedTest(name = "seed={0}")
    @ValueSource(longs = {21, 22, 23})
    void aPinThatDelaysReclaimingChangesNothing(long seed) {
        List<Payload> log = RandomLog.of(seed, 1_500);
        LogDriver free = LogDriver.replay(log);
        LogDriver pinned = new LogDriver();
        for (Payload payload : log.subList(0, 200)) {
            pinned.append(payload);
        }
        SnapshotCut cut = pinned.machine.cut();
        for (Payload payload : log.subList(200, log.size())) {
            pinned.append(payload);
        }
        assertThat(pinned.listener.trace).isEqualTo(free.listener.trace);
        assertThat(pinned.machine.digest()).isEqualTo(free.machine.digest());
        assertThat(digestOf(LogDriver.recordsOf(cut))).isEqualTo(cut.digest());
    }

    @Test
    void checkpointsAreTakenAtFixedIndices() {
        LogDriver driver = new LogDriver();
        driver.server(ServerCommand.newBuilder()
                .setChangeSettings(ChangeSettings.newBuilder()
                        .setSettings(ClusterSettings.newBuilder().setCheckpointInterval(5))));
        for (int i = 0; i < 20; i++) {
            driver.execute(LogDriver.put("k", "v" + i));
        }
        assertThat(driver.machine.checkpoints()).extracting(Checkpoint::index).containsExactly(5L, 10L, 15L, 20L);
        assertThat(driver.machine.checkpoints()).extracting(Checkpoint::digest).doesNotHaveDuplicates();
    }

    @Test
    void aMemberThatDiffersFromTheVerdictHalts() {
        LogDriver driver = atCheckpoint();
        Checkpoint own = driver.machine.checkpoints().getFirst();
        driver.server(verdict(own.index(), own.digest().toBytes()));
        assertThat(driver.machine.agreedCheckpoint()).isEqualTo(own);
        ByteString other = new DigestValue(own.digest().high(), own.digest().low() + 1).toBytes();
        assertThatThrownBy(() -> driver.server(verdict(own.index(), other)))
                .isInstanceOfSatisfying(
                        HaltException.class, halt -> assertThat(halt.exitCode()).isEqualTo(ExitCode.STATE_DIVERGED));
    }

    @Test
    void aVerdictOnAnIndexThatWasNotPassedIsNotCompared() {
        LogDriver driver = atCheckpoint();
        driver.server(verdict(77, new DigestValue(1, 2).toBytes()));
        assertThat(driver.machine.published().lastApplied().index()).isEqualTo(3);
    }

    private static LogDriver atCheckpoint() {
        LogDriver driver = new LogDriver();
        driver.change(ClusterSettings.newBuilder().setCheckpointInterval(2));
        driver.execute(LogDriver.put("k", "v"));
        return driver;
    }

    private static ServerCommand.Builder verdict(long index, ByteString digest) {
        return ServerCommand.newBuilder()
                .setDigestVerdict(DigestVerdict.newBuilder()
                        .setIndex(index)
                        .setDigestVersion(StateDigest.VERSION)
                        .setDigest(digest));
    }

    @Test
    void anUnknownFeatureLevelHalts() {
        LogDriver driver = new LogDriver();
        assertThatThrownBy(() -> driver.server(ServerCommand.newBuilder()
                        .setRaiseFeatureLevel(RaiseFeatureLevel.newBuilder().setLevel(2))))
                .isInstanceOf(UnsupportedEntryException.class);
    }

    @Test
    void anUnknownServerCommandHalts() {
        LogDriver driver = new LogDriver();
        assertThatThrownBy(() -> driver.server(ServerCommand.newBuilder()))
                .isInstanceOf(UnsupportedEntryException.class);
    }
}
