package io.gavel.client.kv;

import java.time.Duration;
import java.util.List;

/**
 * A page of a range, in key order.
 *
 * @param more whether there are further entries; ask again with {@code after} the last key and {@code atRevision} this
 *     revision
 */
public record RangeResult(long revision, Duration maxAge, List<Entry> entries, boolean more) {}
