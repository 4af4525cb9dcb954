package io.gavel.server.state;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.gavel.raft.EntryId;
import io.gavel.raft.check.Invariants;
import io.gavel.server.entry.EntryHash;
import io.gavel.server.entry.FeatureLevels;
import io.gavel.server.entry.UnsupportedEntryException;
import io.gavel.server.entry.v1.ClusterSettings;
import io.gavel.server.snapshot.RecordSink;
import io.gavel.server.state.table.DigestValue;
import io.gavel.server.state.table.StateDigest;
import io.gavel.server.state.table.Table;
import io.gavel.server.state.table.TableId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The single numbers of the replicated state: time, counters, floor, level, settings. Confined to the apply agent.
///
/// Nearly every entry changes some of them, so their part of the digest is computed when asked for.
final class Header implements Table {
    // Second byte of the record key; part of the snapshot format.
    static final byte APPLIED = 1;
    static final byte TIME = 2;
    static final byte REVISION = 3;
    static final byte FLOOR = 4;
    static final byte TOKEN = 5;
    static final byte SESSION = 6;
    static final byte LEVEL = 7;
    static final byte GRANTS_BLOCKED_UNTIL = 8;
    static final byte VERDICT = 9;
    static final byte SETTINGS = 10;
    static final byte IDENTITY = 11;
    static final byte SKIPPED = 12;

    /// The entry applied last.
    EntryId lastApplied = EntryId.ZERO;
    /// T; never falls.
    long nowNanos;
    /// Of the newest change; never falls.
    long revision;
    /// The oldest readable revision; never falls.
    long oldestRevision;
    /// The fencing token granted last; never falls.
    long lastToken;
    /// The session id given last; never falls.
    long lastSession;
    /// In force for the next envelope; never falls.
    int featureLevel = FeatureLevels.MIN;
    /// No grant before this replicated time; 0 = no such wait.
    long grantsBlockedUntilNanos;
    /// The last checkpoint that a majority agreed on.
    @Nullable
    Checkpoint verdict;
    /// Who the cluster became by a restore; `null` = it still is who it was bootstrapped as.
    @Nullable
    RestoredIdentity identity;

    ClusterSettings settings = DefaultSettings.LEVEL_1;

    /// The entries that operators had left out, by index.
    final SortedMap<Long, EntryHash> skipped = new TreeMap<>();

    @Override
    public TableId tableId() {
        return TableId.HEADER;
    }

    @Override
    public StateDigest digest() {
        StateDigest digest = new StateDigest();
        try {
            writeTo(digest::add);
        } catch (IOException e) {
            throw new IllegalStateException("a digest takes every record", e);
        }
        return digest;
    }

    @Override
    public long stateBytes() {
        return 0;
    }

    @Override
    public void writeTo(RecordSink sink) throws IOException {
        sink.put(key(APPLIED), numbers(lastApplied.term(), lastApplied.index()));
        sink.put(key(TIME), numbers(nowNanos));
        sink.put(key(REVISION), numbers(revision));
        sink.put(key(FLOOR), numbers(oldestRevision));
        sink.put(key(TOKEN), numbers(lastToken));
        sink.put(key(SESSION), numbers(lastSession));
        sink.put(key(LEVEL), numbers(featureLevel));
        sink.put(key(GRANTS_BLOCKED_UNTIL), numbers(grantsBlockedUntilNanos));
        Checkpoint agreed = verdict;
        if (agreed != null) {
            sink.put(
                    key(VERDICT),
                    numbers(
                            agreed.index(),
                            agreed.digestVersion(),
                            agreed.digest().high(),
                            agreed.digest().low()));
        }
        sink.put(key(SETTINGS), settings.toByteArray());
        RestoredIdentity restored = identity;
        if (restored != null) {
            sink.put(key(IDENTITY), encode(restored));
        }
        if (!skipped.isEmpty()) {
            sink.put(key(SKIPPED), encode(skipped));
        }
    }

    @Override
    public void readRecord(byte[] key, byte[] value) {
        ByteBuffer numbers = ByteBuffer.wrap(value);
        switch (key[1]) {
            case APPLIED -> lastApplied = new EntryId(numbers.getLong(), numbers.getLong());
            case TIME -> nowNanos = numbers.getLong();
            case REVISION -> revision = numbers.getLong();
            case FLOOR -> oldestRevision = numbers.getLong();
            case TOKEN -> lastToken = numbers.getLong();
            case SESSION -> lastSession = numbers.getLong();
            case LEVEL -> featureLevel = checkedLevel(numbers.getLong());
            case GRANTS_BLOCKED_UNTIL -> grantsBlockedUntilNanos = numbers.getLong();
            case VERDICT ->
                verdict = new Checkpoint(
                        numbers.getLong(),
                        (int) numbers.getLong(),
                        new DigestValue(numbers.getLong(), numbers.getLong()));
            case SETTINGS -> settings = settingsOf(value);
            case IDENTITY -> identity = decodeIdentity(numbers);
            case SKIPPED -> decodeSkipped(numbers);
            default -> throw new UnsupportedEntryException("unknown header record " + key[1]);
        }
    }

    static byte[] key(byte part) {
        return new byte[] {TableId.HEADER.code(), part};
    }

    static byte[] numbers(long... numbers) {
        ByteBuffer buffer = ByteBuffer.allocate(numbers.length * Long.BYTES);
        for (long number : numbers) {
            buffer.putLong(number);
        }
        return buffer.array();
    }

    static byte[] encode(RestoredIdentity identity) {
        return ByteBuffer.allocate(RestoredIdentity.CLUSTER_ID_BYTES + Long.BYTES)
                .put(identity.clusterId().asReadOnlyByteBuffer())
                .putLong(identity.incarnation())
                .array();
    }

    private static RestoredIdentity decodeIdentity(ByteBuffer buffer) {
        ByteString clusterId = ByteString.copyFrom(buffer, RestoredIdentity.CLUSTER_ID_BYTES);
        return new RestoredIdentity(clusterId, buffer.getLong());
    }

    private static byte[] encode(SortedMap<Long, EntryHash> skipped) {
        ByteBuffer buffer = ByteBuffer.allocate(skipped.size() * (Long.BYTES + EntryHash.BYTES));
        skipped.forEach((index, hash) -> buffer.putLong(index).put(hash.bytes()));
        return buffer.array();
    }

    private void decodeSkipped(ByteBuffer buffer) {
        while (buffer.hasRemaining()) {
            long index = buffer.getLong();
            byte[] hash = new byte[EntryHash.BYTES];
            buffer.get(hash);
            skipped.put(index, EntryHash.ofBytes(hash));
        }
    }

    static ClusterSettings settingsOf(byte[] value) {
        try {
            return ClusterSettings.parseFrom(value);
        } catch (InvalidProtocolBufferException e) {
            throw new UnsupportedEntryException("unreadable settings record", e);
        }
    }

    /// Raises the level in force; a level that this version cannot apply halts it.
    void raiseFeatureLevel(int level) {
        featureLevel = Math.max(featureLevel, checkedLevel(level));
    }

    private static int checkedLevel(long level) {
        if (level < FeatureLevels.MIN || level > FeatureLevels.MAX) {
            throw new UnsupportedEntryException("feature level " + level + " is in force, this version applies "
                    + FeatureLevels.MIN + " to " + FeatureLevels.MAX);
        }
        return (int) level;
    }

    long nextSession() {
        Invariants.check(lastSession < Long.MAX_VALUE, "session ids never run out");
        return ++lastSession;
    }
}
