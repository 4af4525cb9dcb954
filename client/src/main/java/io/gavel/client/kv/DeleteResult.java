package io.gavel.client.kv;

import java.util.List;

/**
 * A deletion that took effect.
 *
 * @param deleted how many keys it removed, perhaps none
 * @param previous what was there, if that was asked for
 */
public record DeleteResult(long revision, long deleted, List<Entry> previous) {}
