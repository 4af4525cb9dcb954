package io.gavel.server.state;

import com.google.protobuf.InvalidProtocolBufferException;
import io.gavel.server.entry.UnsupportedEntryException;
import io.gavel.server.entry.v1.AnnounceMember;
import io.gavel.server.snapshot.RecordSink;
import io.gavel.server.state.table.StateDigest;
import io.gavel.server.state.table.Table;
import io.gavel.server.state.table.TableId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/// What each member said of itself: where clients reach it and which feature levels it applies.
///
/// Changed on the apply agent; [#announced()] is an immutable view that any thread may take.
public final class MemberDirectory implements Table {
    private final StateDigest digest = new StateDigest();
    private volatile SortedMap<Integer, AnnounceMember> announced = Collections.emptySortedMap();

    /// The last announcement of each member id, in id order. Any thread.
    public SortedMap<Integer, AnnounceMember> announced() {
        return announced;
    }

    void announce(AnnounceMember member) {
        AnnounceMember before = announced.get(member.getMemberId());
        if (before != null) {
            digest.remove(key(before), before.toByteArray());
        }
        digest.add(key(member), member.toByteArray());
        put(member);
    }

    private void put(AnnounceMember member) {
        TreeMap<Integer, AnnounceMember> changed = new TreeMap<>(announced);
        changed.put(member.getMemberId(), member);
        announced = Collections.unmodifiableSortedMap(changed);
    }

    private static byte[] key(AnnounceMember member) {
        return ByteBuffer.allocate(1 + Integer.BYTES)
                .put(TableId.MEMBERS.code())
                .putInt(member.getMemberId())
                .array();
    }

    @Override
    public TableId tableId() {
        return TableId.MEMBERS;
    }

    @Override
    public StateDigest digest() {
        return digest;
    }

    @Override
    public long stateBytes() {
        return 0;
    }

    @Override
    public void writeTo(RecordSink sink) throws IOException {
        for (AnnounceMember member : announced.values()) {
            sink.put(key(member), member.toByteArray());
        }
    }

    @Override
    public void readRecord(byte[] key, byte[] value) {
        try {
            put(AnnounceMember.parseFrom(value));
        } catch (InvalidProtocolBufferException e) {
            throw new UnsupportedEntryException("unreadable member record", e);
        }
        digest.add(key, value);
    }
}
