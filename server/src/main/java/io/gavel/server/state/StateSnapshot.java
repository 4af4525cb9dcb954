package io.gavel.server.state;

import io.gavel.raft.EntryId;
import io.gavel.raft.check.Invariants;
import io.gavel.server.snapshot.RecordSink;
import io.gavel.server.snapshot.RecordSource;
import io.gavel.server.state.kv.VersionedStore;
import io.gavel.server.state.table.DigestValue;
import io.gavel.server.state.table.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/// A cut of the tables: the store by a pin on its history, the small tables by a copy of their records.
final class StateSnapshot implements SnapshotCut {
    private final EntryId lastIncluded;
    private final long revision;
    private final DigestValue digest;
    private final VersionedStore store;
    private final long oldestRevision;
    private final List<RecordSource> sources = new ArrayList<>();
    private final AtomicBoolean closed = new AtomicBoolean();

    StateSnapshot(Tables tables) {
        lastIncluded = tables.header.lastApplied;
        revision = tables.header.revision;
        oldestRevision = tables.header.oldestRevision;
        digest = tables.digest();
        store = tables.store;
        Invariants.check(store.pin(oldestRevision), "the oldest readable revision can be pinned");
        for (Table table : tables.all()) {
            sources.add(table == store ? store.recordsOf(oldestRevision, revision) : copyOf(table));
        }
    }

    private static RecordSource copyOf(Table table) {
        List<byte[]> keysAndValues = new ArrayList<>();
        try {
            table.writeTo((key, value) -> {
                keysAndValues.add(key);
                keysAndValues.add(value);
            });
        } catch (IOException e) {
            throw new IllegalStateException("a list takes every record", e);
        }
        return sink -> {
            for (int i = 0; i < keysAndValues.size(); i += 2) {
                sink.put(keysAndValues.get(i), keysAndValues.get(i + 1));
            }
        };
    }

    @Override
    public EntryId lastIncluded() {
        return lastIncluded;
    }

    @Override
    public long revision() {
        return revision;
    }

    @Override
    public DigestValue digest() {
        return digest;
    }

    @Override
    public void forEach(RecordSink sink) throws IOException {
        for (RecordSource source : sources) {
            source.forEach(sink);
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            store.unpin(oldestRevision);
        }
    }
}
