package io.gavel.server.state;

import io.gavel.raft.check.Invariants;
import io.gavel.server.snapshot.RecordSink;
import io.gavel.server.snapshot.RecordSource;
import io.gavel.server.state.kv.RestoredKeys;
import io.gavel.server.state.session.SessionTable;
import io.gavel.server.state.table.TableId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/// Turns a snapshot of one cluster into the first state of another (rule 11).
///
/// The old cluster may have gone on after the snapshot was taken. So the new one numbers revisions, tokens and sessions
/// from where the old one cannot have come; nothing of the old history can be read or watched; and sessions, what they
/// own and the keys that end with them are gone. Its first grant waits as long as a client of the old cluster may
/// believe that it still holds: the largest TTL of the snapshot's sessions, at least [#MIN_GRANT_DELAY_MILLIS]. A
/// session with a longer TTL that was opened after the snapshot is told apart by its lower token only.
public final class RestorePreparation {
    /// The shortest wait before the first grant.
    public static final long MIN_GRANT_DELAY_MILLIS = 60_000;

    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final int COUNTER_SHIFT = 20;
    private static final long MAX_UNIX_SECONDS = Long.MAX_VALUE >> COUNTER_SHIFT;

    private final RecordSource snapshot;
    private final TreeMap<byte[], byte[]> header = new TreeMap<>(Arrays::compareUnsigned);
    private long largestTtlMillis = MIN_GRANT_DELAY_MILLIS;

    private RestorePreparation(RecordSource snapshot) {
        this.snapshot = snapshot;
    }

    /// Writes the new cluster's first state. Reads the snapshot twice.
    ///
    /// @param identity who the new cluster is
    /// @param unixSeconds wall-clock time, taken once for all members
    public static void prepare(RecordSource snapshot, RestoredIdentity identity, long unixSeconds, RecordSink sink)
            throws IOException {
        if (unixSeconds < 0 || unixSeconds > MAX_UNIX_SECONDS) {
            throw new IllegalArgumentException("not a time of day: " + unixSeconds);
        }
        RestorePreparation preparation = new RestorePreparation(snapshot);
        snapshot.forEach(preparation::survey);
        preparation.rewriteHeader(identity, unixSeconds << COUNTER_SHIFT);
        preparation.write(sink);
    }

    private void survey(byte[] key, byte[] value) {
        if (key[0] == TableId.HEADER.code()) {
            header.put(key, value);
        } else if (key[0] == TableId.SESSIONS.code()) {
            largestTtlMillis = Math.max(largestTtlMillis, SessionTable.ttlMillisOf(key, value));
        }
    }

    private void rewriteHeader(RestoredIdentity identity, long startOfCounters) {
        long revision = Math.max(number(Header.REVISION), startOfCounters);
        put(Header.REVISION, revision);
        put(Header.FLOOR, revision);
        put(Header.TOKEN, Math.max(number(Header.TOKEN), startOfCounters));
        put(Header.SESSION, Math.max(number(Header.SESSION), startOfCounters));
        put(Header.GRANTS_BLOCKED_UNTIL, number(Header.TIME) + largestTtlMillis * NANOS_PER_MILLI);
        header.remove(Header.key(Header.VERDICT));
        header.put(Header.key(Header.IDENTITY), Header.encode(identity));
    }

    private long number(byte part) {
        byte[] value = header.get(Header.key(part));
        Invariants.check(value != null, "a snapshot has every header record", part, 0);
        return ByteBuffer.wrap(value).getLong();
    }

    private void put(byte part, long number) {
        header.put(Header.key(part), Header.numbers(number));
    }

    private void write(RecordSink sink) throws IOException {
        for (Map.Entry<byte[], byte[]> each : header.entrySet()) {
            sink.put(each.getKey(), each.getValue());
        }
        RestoredKeys keys = new RestoredKeys(sink);
        snapshot.forEach((key, value) -> {
            if (key[0] == TableId.KEY_VALUE.code()) {
                keys.put(key, value);
                return;
            }
            keys.finish();
            if (key[0] == TableId.CONFIG.code()) {
                sink.put(key, value);
            }
        });
        keys.finish();
    }
}
