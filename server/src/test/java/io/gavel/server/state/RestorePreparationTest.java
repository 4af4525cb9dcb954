package io.gavel.server.state;

import static io.gavel.server.state.LogDriver.MILLIS;
import static io.gavel.server.state.LogDriver.put;
import static io.gavel.server.state.LogDriver.putOf;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.GetQuery;
import io.gavel.protocol.v1.Query;
import io.gavel.raft.EntryId;
import io.gavel.raft.Payload;
import io.gavel.server.entry.Envelope;
import io.gavel.server.entry.RequestStamp;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Rule 11: what a restored cluster may not reuse.
class RestorePreparationTest {
    private static final long UNIX_SECONDS = 1_800_000_000L;
    private static final RestoredIdentity IDENTITY = new RestoredIdentity(ByteString.copyFrom(new byte[16]), 2);

    private final LogDriver old = new LogDriver();

    private NavigableMap<byte[], byte[]> prepared(long unixSeconds) throws IOException {
        NavigableMap<byte[], byte[]> records = new TreeMap<>(Arrays::compareUnsigned);
        RestorePreparation.prepare(
                LogDriver.sourceOf(LogDriver.recordsOf(old.machine.cut())), IDENTITY, unixSeconds, records::put);
        return records;
    }

    private StateMachine restored(SimListener listener) throws IOException {
        return StateMachine.restore(listener, LogDriver.sourceOf(prepared(UNIX_SECONDS)));
    }

    private static Query get(String key, long revision) {
        return Query.newBuilder()
                .setGet(GetQuery.newBuilder().setKey(LogDriver.bytes(key)).setAtRevision(revision))
                .build();
    }

    @Test
    void neverReusesARevisionThatTheOldClusterMayHaveReached() throws IOException {
        old.execute(put("a", "1"));
        StateMachine machine = restored(new SimListener());
        long start = UNIX_SECONDS << 20;
        assertThat(machine.published().revision()).isEqualTo(start);
        SimListener listener = new SimListener();
        machine = restored(listener);
        machine.apply(
                new EntryId(2, 2),
                Payload.wrap(
                        Envelope.ofClient(1, 0, RequestStamp.NONE, put("a", "2").toByteArray())));
        assertThat(listener.results).containsKey(2L);
        assertThat(machine.published().revision()).isEqualTo(start + 1);
        assertThat(machine.read(get("a", 0)).getGet().getEntry().getVersion()).isEqualTo(2);
    }

    @Test
    void aClusterAheadOfTheClockKeepsItsOwnCounters() throws IOException {
        old.execute(put("a", "1"));
        StateMachine machine = StateMachine.restore(new SimListener(), LogDriver.sourceOf(prepared(0)));
        assertThat(machine.published().revision()).isEqualTo(1);
    }

    @Test
    void theOldHistoryIsCompacted() throws IOException {
        old.execute(put("a", "1"));
        old.execute(put("a", "2"));
        old.execute(put("gone", "1"));
        old.execute(LogDriver.delete("gone"));
        StateMachine machine = restored(new SimListener());
        assertThat(machine.read(get("a", 1)).getError().getCode()).isEqualTo(ErrorCode.COMPACTED);
        assertThat(machine.read(get("a", 0)).getGet().getEntry().getValue()).isEqualTo(LogDriver.bytes("2"));
        assertThat(machine.read(get("gone", 0)).getGet().hasEntry()).isFalse();
        assertThat(prepared(UNIX_SECONDS).keySet().stream()
                        .filter(key -> key[0] == 16)
                        .count())
                .isEqualTo(1);
    }

    @Test
    void sessionsAndWhatEndsWithThemAreGone() throws IOException {
        long session = old.open(120_000);
        old.execute(session, put(putOf("ephemeral", "1").setEphemeral(true)));
        old.execute(put(putOf("with-ttl", "1").setTtlMillis(5_000)));
        SimListener listener = new SimListener();
        StateMachine machine = restored(listener);
        assertThat(machine.read(get("ephemeral", 0)).getGet().hasEntry()).isFalse();
        assertThat(machine.read(get("with-ttl", 0)).getGet().hasEntry()).isTrue();
        machine.apply(
                new EntryId(2, 4),
                Payload.wrap(Envelope.ofClient(
                        1, 0, LogDriver.stamp(session, 2, 2), put("a", "1").toByteArray())));
        machine.apply(
                new EntryId(2, 5),
                Payload.wrap(Envelope.ofClient(
                        1,
                        0,
                        RequestStamp.NONE,
                        LogDriver.openCommand(5, 10_000).toByteArray())));
        assertThat(listener.results.values())
                .first()
                .satisfies(result -> assertThat(result.getError().getCode()).isEqualTo(ErrorCode.SESSION_EXPIRED));
        assertThat(listener.results.values())
                .last()
                .satisfies(result ->
                        assertThat(result.getOpenSession().getSessionId()).isGreaterThan(UNIX_SECONDS << 20));
    }

    @Test
    void theFirstGrantWaitsForTheLargestTtl() throws IOException {
        old.open(10_000);
        assertThat(grantsBlockedUntil()).isEqualTo(60_000 * MILLIS);
        old.open(120_000);
        old.clock(250);
        assertThat(grantsBlockedUntil()).isEqualTo(120_250 * MILLIS);
    }

    private long grantsBlockedUntil() throws IOException {
        byte[] value = prepared(UNIX_SECONDS).get(new byte[] {1, 8});
        return ByteBuffer.wrap(Objects.requireNonNull(value)).getLong();
    }

    @Test
    void theClusterHasANewIdentity() throws IOException {
        assertThat(old.machine.restoredIdentity()).isNull();
        assertThat(restored(new SimListener()).restoredIdentity()).isEqualTo(IDENTITY);
    }

    @Test
    void preparingTwiceAtOneTimeGivesOneState() throws IOException {
        old.execute(put("a", "1"));
        StateMachine first = restored(new SimListener());
        StateMachine second = restored(new SimListener());
        assertThat(second.digest()).isEqualTo(first.digest()).isNotEqualTo(old.machine.digest());
    }
}
