package io.gavel.server.state.lock;

import com.google.protobuf.InvalidProtocolBufferException;
import io.gavel.server.entry.v1.OwnershipClaimRecord;
import io.gavel.server.entry.v1.OwnershipQueueRecord;
import io.gavel.server.snapshot.RecordSink;
import io.gavel.server.state.table.NamedRecords;
import io.gavel.server.state.table.StateDigest;
import io.gavel.server.state.table.TableId;
import java.io.IOException;

/// The records of one table of queues, see [NamedRecords]: a section for the queue, and three for its claims by
/// position
/// or token with the sign bit flipped. So holders, losses and waiters each sort in order.
final class OwnershipRecords {
    private static final byte QUEUE = 0;

    private final NamedRecords records;

    OwnershipRecords(TableId tableId) {
        this.records = new NamedRecords(tableId);
    }

    StateDigest digest() {
        return records.digest();
    }

    long bytes() {
        return records.bytes();
    }

    void add(PermitQueue queue) {
        records.add(key(queue), value(queue));
    }

    void remove(PermitQueue queue) {
        records.remove(key(queue), value(queue));
    }

    void add(Claim claim) {
        records.add(key(claim), value(claim));
    }

    void remove(Claim claim) {
        records.remove(key(claim), value(claim));
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

    static boolean isQueue(byte[] key) {
        return NamedRecords.section(key) == QUEUE;
    }

    static PermitQueue readQueue(byte[] key, byte[] value) throws InvalidProtocolBufferException {
        OwnershipQueueRecord record = OwnershipQueueRecord.parseFrom(value);
        return new PermitQueue(NamedRecords.name(key), record.getCapacity(), record.getLockDelayMillis());
    }

    static Claim readClaim(PermitQueue queue, byte[] key, byte[] value) throws InvalidProtocolBufferException {
        byte section = NamedRecords.section(key);
        for (Claim.State state : Claim.State.values()) {
            if (section(state) == section) {
                return Claim.fromRecord(queue, state, OwnershipClaimRecord.parseFrom(value));
            }
        }
        throw new InvalidProtocolBufferException("unknown section " + section + " of " + queue.name);
    }

    private static byte section(Claim.State state) {
        return switch (state) {
            case HELD -> 1;
            case LOST -> 2;
            case WAITING -> 3;
        };
    }

    private byte[] key(PermitQueue queue) {
        return records.key(queue.name, QUEUE);
    }

    private byte[] key(Claim claim) {
        return records.key(claim.queue.name, section(claim.state()), PermitQueue.number(claim) ^ Long.MIN_VALUE);
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
