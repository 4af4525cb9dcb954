package io.gavel.server.state.kv;

import io.gavel.protocol.v1.CountQuery;
import io.gavel.protocol.v1.CountResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.GetQuery;
import io.gavel.protocol.v1.GetResult;
import io.gavel.protocol.v1.KeyValue;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.RangeQuery;
import io.gavel.protocol.v1.RangeResult;
import io.gavel.server.entry.Refusals;
import io.gavel.server.entry.RequestLimits;
import io.gavel.server.state.table.KeyVersion;
import java.util.function.Function;
import java.util.function.Supplier;

/// Answers queries about keys at one revision. Any thread.
public final class KeyValueQueries {
    /// Entries of a page when the query sets no limit.
    public static final int DEFAULT_PAGE_ENTRIES = 1_000;
    /// The most encoded bytes of a page; one entry is always in it.
    public static final int MAX_PAGE_BYTES = 1 << 20;

    private final VersionedStore store;

    public KeyValueQueries(VersionedStore store) {
        this.store = store;
    }

    /// The newest revision to read at, and the replicated time that goes with it.
    public record ReadPoint(long revision, long nowNanos) {}

    public QueryResult.Builder get(GetQuery query, Supplier<ReadPoint> newest) {
        return at(query.getAtRevision(), newest, point -> {
            byte[] key = query.getKey().toByteArray();
            KeyVersion version = store.at(key, point.revision());
            GetResult.Builder result = GetResult.newBuilder();
            if (version != null) {
                result.setEntry(version.toKeyValue(key, true, point.nowNanos()));
            }
            return QueryResult.newBuilder().setGet(result);
        });
    }

    public QueryResult.Builder count(CountQuery query, Supplier<ReadPoint> newest) {
        return at(query.getAtRevision(), newest, point -> {
            long[] count = new long[1];
            store.scan(KeyRange.ofPrefix(query.getPrefix().toByteArray()), point.revision(), (key, version) -> {
                count[0]++;
                return true;
            });
            return QueryResult.newBuilder().setCount(CountResult.newBuilder().setCount(count[0]));
        });
    }

    public QueryResult.Builder range(RangeQuery query, Supplier<ReadPoint> newest) {
        int limit = query.getLimit() == 0 ? DEFAULT_PAGE_ENTRIES : query.getLimit();
        if (limit < 0 || limit > RequestLimits.RANGE_ENTRIES) {
            return refuse(Refusals.tooLarge("range.limit", RequestLimits.RANGE_ENTRIES, Integer.toUnsignedLong(limit)));
        }
        KeyRange range =
                new KeyRange(query.getPrefix().toByteArray(), query.getAfter().toByteArray());
        return at(query.getAtRevision(), newest, point -> {
            Page page = new Page(limit, !query.getKeysOnly(), point.nowNanos());
            store.scan(range, point.revision(), page);
            return QueryResult.newBuilder().setRange(page.result());
        });
    }

    private QueryResult.Builder at(
            long wanted, Supplier<ReadPoint> newest, Function<ReadPoint, QueryResult.Builder> read) {
        ReadPoint point = newest.get();
        if (wanted > point.revision()) {
            return refuse(Refusals.invalid(
                    "at_revision",
                    Long.toString(point.revision()),
                    wanted,
                    "revision " + wanted + " is in the future, the newest is " + point.revision()));
        }
        // The newest revision is never compacted, but the floor may overtake a reader that was slow to pin it.
        while (wanted == 0 && !store.pin(point.revision())) {
            point = newest.get();
        }
        if (wanted != 0 && !store.pin(wanted)) {
            return refuse(Refusals.compacted(wanted, store.oldestReadable()));
        }
        ReadPoint pinned = wanted == 0 ? point : new ReadPoint(wanted, point.nowNanos());
        try {
            return read.apply(pinned).setRevision(point.revision());
        } finally {
            store.unpin(pinned.revision());
        }
    }

    private static QueryResult.Builder refuse(Error error) {
        return QueryResult.newBuilder().setError(error);
    }

    private static final class Page implements VersionedStore.KeyVisitor {
        private static final int ENTRY_OVERHEAD_BYTES = 8;

        private final int limit;
        private final boolean withValues;
        private final long nowNanos;
        private final RangeResult.Builder result = RangeResult.newBuilder();
        private long bytes;

        Page(int limit, boolean withValues, long nowNanos) {
            this.limit = limit;
            this.withValues = withValues;
            this.nowNanos = nowNanos;
        }

        @Override
        public boolean visit(byte[] key, KeyVersion version) {
            if (result.getEntriesCount() == limit) {
                result.setMore(true);
                return false;
            }
            KeyValue entry = version.toKeyValue(key, withValues, nowNanos);
            bytes += entry.getSerializedSize() + ENTRY_OVERHEAD_BYTES;
            if (bytes > MAX_PAGE_BYTES && result.getEntriesCount() > 0) {
                result.setMore(true);
                return false;
            }
            result.addEntries(entry);
            return true;
        }

        RangeResult.Builder result() {
            return result.setCount(result.getEntriesCount());
        }
    }
}
