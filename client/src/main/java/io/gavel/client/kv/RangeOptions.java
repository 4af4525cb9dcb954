package io.gavel.client.kv;

import io.gavel.client.Bytes;

/**
 * Which part of a range to read.
 *
 * @param limit entries a page, at most 10,000; 0 = 1,000
 * @param keysOnly leave values out
 * @param after only keys greater than this one; empty = from the start
 */
public record RangeOptions(ReadOptions read, int limit, boolean keysOnly, Bytes after) {
    /** The first 1,000 entries, linearizable. */
    public static final RangeOptions DEFAULT = new RangeOptions(ReadOptions.DEFAULT, 0, false, Bytes.EMPTY);

    /** With these read options. */
    public RangeOptions withRead(ReadOptions options) {
        return new RangeOptions(options, limit, keysOnly, after);
    }

    /** With at most {@code entries} a page. */
    public RangeOptions withLimit(int entries) {
        return new RangeOptions(read, entries, keysOnly, after);
    }

    /** Without values. */
    public RangeOptions withKeysOnly() {
        return new RangeOptions(read, limit, true, after);
    }

    /** Starting behind {@code key}. */
    public RangeOptions withAfter(Bytes key) {
        return new RangeOptions(read, limit, keysOnly, key);
    }
}
