package io.gavel.server.state;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Delete;
import io.gavel.protocol.v1.GetQuery;
import io.gavel.protocol.v1.KeyValue;
import io.gavel.protocol.v1.OpenSession;
import io.gavel.protocol.v1.Put;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.RangeQuery;
import io.gavel.protocol.v1.Txn;
import io.gavel.raft.EntryId;
import io.gavel.raft.Payload;
import io.gavel.server.entry.Envelope;
import io.gavel.server.entry.RequestStamp;
import io.gavel.server.entry.v1.ChangeSettings;
import io.gavel.server.entry.v1.ClockEntry;
import io.gavel.server.entry.v1.ClusterSettings;
import io.gavel.server.entry.v1.ContinueExpiry;
import io.gavel.server.entry.v1.Renewal;
import io.gavel.server.entry.v1.ServerCommand;
import io.gavel.server.snapshot.RecordSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/// Writes a log and applies it, entry by entry, to one state machine.
final class LogDriver {
    static final long MILLIS = 1_000_000;

    final SimListener listener;
    final StateMachine machine;
    /// Every payload applied so far; index i is entry i + 1.
    final List<Payload> log = new ArrayList<>();
    /// The client's next sequence in each session.
    private final TreeMap<Long, Long> nextSequence = new TreeMap<>();

    LogDriver() {
        listener = new SimListener();
        machine = new StateMachine(listener);
    }

    CommandResult append(Payload payload) {
        log.add(payload);
        machine.apply(new EntryId(1, log.size()), payload);
        return Objects.requireNonNull(listener.results.get((long) log.size()));
    }

    /// Replays a log, from its first entry, on a fresh machine.
    static LogDriver replay(List<Payload> log) {
        LogDriver driver = new LogDriver();
        log.forEach(driver::append);
        return driver;
    }

    // ---- clients

    static byte[] secret(long seed) {
        return ByteBuffer.allocate(16).putLong(seed).putLong(~seed).array();
    }

    static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    static long proof(long seed) {
        return ByteBuffer.wrap(sha256(secret(seed))).getLong();
    }

    static Command openCommand(long seed, long ttlMillis) {
        return Command.newBuilder()
                .setOpenSession(OpenSession.newBuilder()
                        .setNonce(ByteString.copyFrom(secret(~seed)))
                        .setSecretHash(ByteString.copyFrom(sha256(secret(seed))))
                        .setTtlMillis(ttlMillis)
                        .setOwner("client-" + seed))
                .build();
    }

    /// Opens a session whose proof is that of its own id as the seed.
    long open(long ttlMillis) {
        long seed = nextSequence.isEmpty() ? 1 : nextSequence.lastKey() + 1;
        CommandResult result = execute(openCommand(seed, ttlMillis));
        long id = result.getOpenSession().getSessionId();
        if (id != seed) {
            throw new AssertionError("session " + id + " was opened instead of " + seed + ": " + result);
        }
        nextSequence.put(id, 1L);
        return id;
    }

    /// Without a session.
    CommandResult execute(Command command) {
        return execute(RequestStamp.NONE, command);
    }

    CommandResult execute(RequestStamp stamp, Command command) {
        return append(Payload.wrap(Envelope.ofClient(1, 0, stamp, command.toByteArray())));
    }

    /// In a session, with its next sequence; everything before is acknowledged.
    CommandResult execute(long session, Command command) {
        long sequence = Objects.requireNonNull(nextSequence.get(session));
        nextSequence.put(session, sequence + 1);
        return execute(stamp(session, sequence, sequence), command);
    }

    static RequestStamp stamp(long session, long sequence, long floor) {
        return new RequestStamp(session, proof(session), sequence, floor);
    }

    static Command put(String key, String value) {
        return put(putOf(key, value));
    }

    static Command put(Put.Builder put) {
        return Command.newBuilder().setPut(put).build();
    }

    static Put.Builder putOf(String key, String value) {
        return Put.newBuilder().setKey(bytes(key)).setValue(bytes(value));
    }

    static Command delete(String key) {
        return Command.newBuilder()
                .setDelete(Delete.newBuilder().setKey(bytes(key)))
                .build();
    }

    static Command txn(Txn.Builder txn) {
        return Command.newBuilder().setTxn(txn).build();
    }

    static ByteString bytes(String text) {
        return ByteString.copyFromUtf8(text);
    }

    // ---- servers

    CommandResult server(ServerCommand.Builder command) {
        return append(Payload.wrap(Envelope.ofServer(1, command.build().toByteArray())));
    }

    /// One clock entry; renewals with their sessions' own proofs.
    void clock(long advanceMillis, long... renewed) {
        ClockEntry.Builder clock = ClockEntry.newBuilder().setAdvanceNanos(advanceMillis * MILLIS);
        for (long session : renewed) {
            clock.addRenewals(Renewal.newBuilder()
                    .setSessionId(session)
                    .setProof(proof(session))
                    .setOriginMember(1)
                    .setRenewalId(log.size()));
        }
        server(ServerCommand.newBuilder().setClock(clock));
    }

    /// Lets time pass in entries of 250 ms, without renewals.
    void pass(long millis) {
        for (long rest = millis; rest > 0; rest -= 250) {
            clock(Math.min(rest, 250));
        }
    }

    void continueExpiry() {
        server(ServerCommand.newBuilder().setContinueExpiry(ContinueExpiry.getDefaultInstance()));
    }

    void change(ClusterSettings.Builder settings) {
        server(ServerCommand.newBuilder()
                .setChangeSettings(ChangeSettings.newBuilder().setSettings(settings)));
    }

    // ---- reads

    KeyValue get(String key) {
        return getAt(key, 0);
    }

    KeyValue getAt(String key, long revision) {
        return machine.read(Query.newBuilder()
                        .setGet(GetQuery.newBuilder().setKey(bytes(key)).setAtRevision(revision))
                        .build())
                .getGet()
                .getEntry();
    }

    boolean exists(String key) {
        return get(key).getVersion() > 0;
    }

    QueryResult range(RangeQuery.Builder range) {
        return machine.read(Query.newBuilder().setRange(range).build());
    }

    // ---- snapshots

    /// The records of a cut, as another member would read them.
    static SortedMap<byte[], byte[]> recordsOf(SnapshotCut cut) {
        SortedMap<byte[], byte[]> records = new TreeMap<>(Arrays::compareUnsigned);
        List<byte[]> keys = new ArrayList<>();
        try (cut) {
            cut.forEach((key, value) -> {
                keys.add(key);
                records.put(key.clone(), value.clone());
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (int i = 1; i < keys.size(); i++) {
            if (Arrays.compareUnsigned(keys.get(i - 1), keys.get(i)) >= 0) {
                throw new AssertionError("records out of order at " + i);
            }
        }
        return records;
    }

    static RecordSource sourceOf(SortedMap<byte[], byte[]> records) {
        return sink -> {
            for (var record : records.entrySet()) {
                sink.put(record.getKey(), record.getValue());
            }
        };
    }
}
