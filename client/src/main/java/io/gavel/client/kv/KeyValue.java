package io.gavel.client.kv;

import io.gavel.client.Bytes;
import io.gavel.client.watch.Watch;
import io.gavel.client.watch.WatchEvent;
import io.gavel.client.watch.WatchOptions;
import java.util.concurrent.CompletableFuture;

/**
 * Keys and values. Keys have 1 byte to 1 KiB, values at most 1 MiB.
 *
 * <p>Plain verbs block until answered or past the deadline and throw {@code GavelException}; those ending in
 * {@code Async} return at once. Dependents of the futures may block.
 */
public interface KeyValue {
    /** Reads a key. */
    GetResult get(Bytes key, ReadOptions options);

    /** Reads a key. */
    CompletableFuture<GetResult> getAsync(Bytes key, ReadOptions options);

    /** Reads a page of the keys that start with {@code prefix}; empty = all keys. */
    RangeResult range(Bytes prefix, RangeOptions options);

    /** Reads a page of the keys that start with {@code prefix}; empty = all keys. */
    CompletableFuture<RangeResult> rangeAsync(Bytes prefix, RangeOptions options);

    /** Counts the keys that start with {@code prefix}. */
    CountResult count(Bytes prefix, ReadOptions options);

    /** Counts the keys that start with {@code prefix}. */
    CompletableFuture<CountResult> countAsync(Bytes prefix, ReadOptions options);

    /** Writes a key. */
    PutResult put(Bytes key, Bytes value, PutOptions options);

    /** Writes a key. */
    CompletableFuture<PutResult> putAsync(Bytes key, Bytes value, PutOptions options);

    /** Deletes a key, or a prefix. */
    DeleteResult delete(Bytes key, DeleteOptions options);

    /** Deletes a key, or a prefix. */
    CompletableFuture<DeleteResult> deleteAsync(Bytes key, DeleteOptions options);

    /** Starts to describe a transaction. */
    Txn txn();

    /** Forgets versions older than {@code revision}; the newest version of each key stays. */
    void compact(long revision);

    /** As {@link #compact}, as a future. */
    CompletableFuture<Void> compactAsync(long revision);

    /** Follows a key or a prefix; the first event is a snapshot unless the options name a revision. */
    Watch<WatchEvent> watch(Bytes key, WatchOptions options);

    /** Reads a key, linearizable. */
    default GetResult get(String key) {
        return get(Bytes.utf8(key), ReadOptions.DEFAULT);
    }

    /** Reads a key, linearizable. */
    default CompletableFuture<GetResult> getAsync(String key) {
        return getAsync(Bytes.utf8(key), ReadOptions.DEFAULT);
    }

    /** Reads the first 1,000 keys that start with {@code prefix}, linearizable. */
    default RangeResult range(String prefix) {
        return range(Bytes.utf8(prefix), RangeOptions.DEFAULT);
    }

    /** Reads the first 1,000 keys that start with {@code prefix}, linearizable. */
    default CompletableFuture<RangeResult> rangeAsync(String prefix) {
        return rangeAsync(Bytes.utf8(prefix), RangeOptions.DEFAULT);
    }

    /** Counts the keys that start with {@code prefix}, linearizable. */
    default CountResult count(String prefix) {
        return count(Bytes.utf8(prefix), ReadOptions.DEFAULT);
    }

    /** Counts the keys that start with {@code prefix}, linearizable. */
    default CompletableFuture<CountResult> countAsync(String prefix) {
        return countAsync(Bytes.utf8(prefix), ReadOptions.DEFAULT);
    }

    /** Writes text. */
    default PutResult put(String key, String value) {
        return put(Bytes.utf8(key), Bytes.utf8(value), PutOptions.DEFAULT);
    }

    /** Writes text. */
    default PutResult put(String key, String value, PutOptions options) {
        return put(Bytes.utf8(key), Bytes.utf8(value), options);
    }

    /** Writes text. */
    default CompletableFuture<PutResult> putAsync(String key, String value) {
        return putAsync(Bytes.utf8(key), Bytes.utf8(value), PutOptions.DEFAULT);
    }

    /** Writes text. */
    default CompletableFuture<PutResult> putAsync(String key, String value, PutOptions options) {
        return putAsync(Bytes.utf8(key), Bytes.utf8(value), options);
    }

    /** Deletes a key; false = there was none. */
    default boolean delete(String key) {
        return delete(Bytes.utf8(key), DeleteOptions.DEFAULT).deleted() > 0;
    }

    /** Deletes a key; false = there was none. */
    default CompletableFuture<Boolean> deleteAsync(String key) {
        return deleteAsync(Bytes.utf8(key), DeleteOptions.DEFAULT).thenApply(result -> result.deleted() > 0);
    }

    /** Follows every key that starts with {@code prefix}, beginning with a snapshot. */
    default Watch<WatchEvent> watch(String prefix) {
        return watch(Bytes.utf8(prefix), WatchOptions.prefix());
    }
}
