package io.gavel.client.internal.wire;

import com.google.protobuf.ByteString;
import io.gavel.client.Bytes;
import io.gavel.client.config.ConfigDiff;
import io.gavel.client.config.ConfigRelease;
import io.gavel.client.election.ElectionStatus;
import io.gavel.client.election.Leader;
import io.gavel.client.kv.DeleteResult;
import io.gavel.client.kv.Entry;
import io.gavel.client.kv.OpResult;
import io.gavel.client.kv.PutResult;
import io.gavel.client.lock.LockStatus;
import io.gavel.client.session.SessionStatus;
import io.gavel.protocol.v1.ElectionState;
import io.gavel.protocol.v1.Holder;
import io.gavel.protocol.v1.KeyValue;
import io.gavel.protocol.v1.LockState;
import io.gavel.protocol.v1.QueuedWaiter;
import io.gavel.protocol.v1.SessionState;
import io.gavel.protocol.v1.TxnOperationResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;

/** Turns messages into what users see. */
public final class Decode {
    private Decode() {}

    public static Bytes bytes(ByteString bytes) {
        return Bytes.of(bytes.toByteArray());
    }

    public static Entry entry(KeyValue message) {
        return new Entry(
                bytes(message.getKey()),
                bytes(message.getValue()),
                message.getCreateRevision(),
                message.getModRevision(),
                message.getVersion(),
                message.getSessionId(),
                Duration.ofMillis(message.getTtlRemainingMillis()));
    }

    public static List<Entry> entries(List<KeyValue> messages) {
        List<Entry> entries = new ArrayList<>(messages.size());
        for (KeyValue message : messages) {
            entries.add(entry(message));
        }
        return Collections.unmodifiableList(entries);
    }

    public static PutResult put(long revision, io.gavel.protocol.v1.PutResult message) {
        return new PutResult(
                revision, message.getVersion(), message.hasPrevious() ? entry(message.getPrevious()) : null);
    }

    public static DeleteResult delete(long revision, io.gavel.protocol.v1.DeleteResult message) {
        return new DeleteResult(revision, message.getDeleted(), entries(message.getPreviousList()));
    }

    public static OpResult operation(long revision, TxnOperationResult message) {
        if (message.hasPut()) {
            return new OpResult.Put(put(revision, message.getPut()));
        }
        if (message.hasDelete()) {
            return new OpResult.Delete(delete(revision, message.getDelete()));
        }
        return new OpResult.Get(
                entries(message.getGet().getEntriesList()), message.getGet().getMore());
    }

    public static LockStatus lock(LockState message) {
        List<LockStatus.Holder> holders = new ArrayList<>(message.getHoldersCount());
        for (Holder holder : message.getHoldersList()) {
            holders.add(new LockStatus.Holder(
                    holder.getSessionId(),
                    holder.getToken(),
                    holder.getOwner(),
                    holder.getPermits(),
                    bytes(holder.getProposal())));
        }
        return new LockStatus(
                message.getName(),
                message.getCapacity(),
                Collections.unmodifiableList(holders),
                waiters(message.getWaitersList()),
                Duration.ofMillis(message.getLockDelayMillis()),
                Duration.ofMillis(message.getBlockedMillis()));
    }

    private static List<LockStatus.Waiter> waiters(List<QueuedWaiter> messages) {
        List<LockStatus.Waiter> waiters = new ArrayList<>(messages.size());
        for (QueuedWaiter waiter : messages) {
            waiters.add(new LockStatus.Waiter(
                    waiter.getWaiter().getSessionId(),
                    waiter.getWaiter().getSequence(),
                    waiter.getOwner(),
                    waiter.getPermits(),
                    bytes(waiter.getProposal())));
        }
        return Collections.unmodifiableList(waiters);
    }

    public static Leader leader(Holder message) {
        return new Leader(
                message.getSessionId(),
                message.getToken(),
                message.getOwner(),
                message.getProposal().toStringUtf8());
    }

    public static ElectionStatus election(ElectionState message) {
        return new ElectionStatus(
                message.getName(),
                message.hasLeader() ? leader(message.getLeader()) : null,
                waiters(message.getCandidatesList()));
    }

    public static ConfigRelease release(io.gavel.protocol.v1.ConfigRelease message) {
        return new ConfigRelease(
                message.getNamespace(),
                message.getVersion(),
                Collections.unmodifiableMap(new TreeMap<>(message.getEntriesMap())),
                message.getAuthor(),
                message.getMessage(),
                message.getRevision(),
                message.getSchemaVersion());
    }

    public static List<ConfigRelease> releases(List<io.gavel.protocol.v1.ConfigRelease> messages) {
        List<ConfigRelease> releases = new ArrayList<>(messages.size());
        messages.forEach(message -> releases.add(release(message)));
        return Collections.unmodifiableList(releases);
    }

    public static ConfigDiff diff(io.gavel.protocol.v1.ConfigDiff message) {
        List<ConfigDiff.Changed> changed = new ArrayList<>(message.getChangedCount());
        message.getChangedList()
                .forEach(change ->
                        changed.add(new ConfigDiff.Changed(change.getKey(), change.getBefore(), change.getAfter())));
        return new ConfigDiff(
                Collections.unmodifiableMap(new TreeMap<>(message.getAddedMap())),
                Collections.unmodifiableMap(new TreeMap<>(message.getRemovedMap())),
                Collections.unmodifiableList(changed));
    }

    public static SessionStatus session(SessionState message) {
        return new SessionStatus(
                message.getSessionId(),
                message.getOwner(),
                Duration.ofMillis(message.getTtlMillis()),
                Duration.ofMillis(message.getRemainingMillis()),
                List.copyOf(message.getHoldsList()),
                message.getEphemeralKeys());
    }
}
