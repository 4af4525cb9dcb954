package io.gavel.server.state.lock;

import com.google.protobuf.InvalidProtocolBufferException;
import io.gavel.server.entry.v1.OwnershipClaimRecord;
import io.gavel.server.entry.v1.OwnershipQueueRecord;
import io.gavel.server.snapshot.RecordSink;
import io.gavel.server.state.table.StateDigest;
import io.gavel.server.state.table.TableId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// The records of one table of queues: their bytes, their digest and their size.
///
/// Key: table, name in UTF-8, 0 (names have no control characters), section, and for a claim its position or token,
/// big endian with the sign bit flipped. So records sort by name, then queue, holders, losses and waiters in order.
final class OwnershipRecords {
    private static final byte QUEUE = 0;

    private final TableId tableId;
    private final StateDigest digest = new StateDigest();
    private long bytes;

    OwnershipRecords(TableId tableId) {
        this.tableId = tableId;
    }

    StateDigest digest() {
        return digest;
    }

    long bytes() {
        return bytes;
    }

    void add(PermitQueue queue) {
        add(key(queue), value(queue));
    }

    void remove(PermitQueue queue) {
        remove(key(queue), value(queue));
    }

    void add(Claim claim) {
        add(key(claim), value(claim));
    }

    void remove(Claim claim) {
        remove(key(claim), value(claim));
    }

    private void add(byte[] key, byte[] value) {
        digest.add(key, value);
        bytes += key.length + value.length;
    }

    private void remove(byte[] key, byte[] value) {
        digest.remove(key, value);
        bytes -= key.length + value.length;
    }

    /// Writes one queue with all its claims, in key order.
    void write(PermitQueue queue, RecordSink sink) throws IOException {
        sink.put(key(queue), value(queue));
        for (Claim holder : queue.holders().values()) {
            sink.put(key(holder), value(holder));
        }
        for (Claim loss : queue.losses().values()) {
            sink.put(key(loss), value(loss));
        }
        for (Claim waiter : queue.waiters().values()) {
            sink.put(key(waiter), value(waiter));
        }
    }

    /// At least what a request without a proposal adds to the state.
    static long sizeBound(String name) {
        return 2L * (name.length() * 3L + 12) + 96;
    }

    static String name(byte[] key) {
        int end = sectionAt(key) - 1;
        return new String(key, 1, end - 1, StandardCharsets.UTF_8);
    }

    static boolean isQueue(byte[] key) {
        return key[sectionAt(key)] == QUEUE;
    }

    static PermitQueue readQueue(byte[] key, byte[] value) throws InvalidProtocolBufferException {
        OwnershipQueueRecord record = OwnershipQueueRecord.parseFrom(value);
        return new PermitQueue(name(key), record.getCapacity(), record.getLockDelayMillis());
    }

    static Claim readClaim(PermitQueue queue, byte[] key, byte[] value) throws InvalidProtocolBufferException {
        byte section = key[sectionAt(key)];
        for (Claim.State state : Claim.State.values()) {
            if (section(state) == section) {
                return Claim.fromRecord(queue, state, OwnershipClaimRecord.parseFrom(value));
            }
        }
        throw new InvalidProtocolBufferException("unknown section " + section + " of " + queue.name);
    }

    private static int sectionAt(byte[] key) {
        int at = 1;
        while (key[at] != 0) {
            at++;
        }
        return at + 1;
    }

    private static byte section(Claim.State state) {
        return switch (state) {
            case HELD -> 1;
            case LOST -> 2;
            case WAITING -> 3;
        };
    }

    private byte[] key(PermitQueue queue) {
        byte[] name = queue.name.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(name.length + 3)
                .put(tableId.code())
                .put(name)
                .put((byte) 0)
                .put(QUEUE)
                .array();
    }

    private byte[] key(Claim claim) {
        byte[] name = claim.queue.name.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(name.length + 11)
                .put(tableId.code())
                .put(name)
                .put((byte) 0)
                .put(section(claim.state()))
                .putLong(PermitQueue.number(claim) ^ Long.MIN_VALUE)
                .array();
    }

    private static byte[] value(PermitQueue queue) {
        return OwnershipQueueRecord.newBuilder()
                .setCapacity(queue.capacity)
                .setLockDelayMillis(queue.lockDelayMillis)
                .build()
                .toByteArray();
    }

    private static byte[] value(Claim claim) {
        return claim.toRecord().toByteArray();
    }
}
