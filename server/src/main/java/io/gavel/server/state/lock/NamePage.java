package io.gavel.server.state.lock;

import io.gavel.server.entry.RequestLimits;
import java.util.function.ToIntFunction;

/// One page of a listing by name: those with the prefix that come after the last name of the page before.
record NamePage(String prefix, String after, int limit) {
    static final int DEFAULT_LIMIT = 100;
    static final int MAX_BYTES = 1024 * 1024;

    /// Shows queues until the page is full; `show` returns the bytes that it added. True when there are more.
    boolean collect(PermitQueues queues, ToIntFunction<PermitQueue> show) {
        boolean fromPrefix = OwnershipNames.ORDER.compare(prefix, after) > 0;
        int left = limit <= 0 ? DEFAULT_LIMIT : Math.min(limit, RequestLimits.LIST_ENTRIES);
        int bytes = 0;
        for (PermitQueue queue : queues.after(fromPrefix ? prefix : after, fromPrefix)) {
            if (!queue.name.startsWith(prefix)) {
                return false;
            }
            if (left == 0 || bytes >= MAX_BYTES) {
                return true;
            }
            bytes += show.applyAsInt(queue);
            left--;
        }
        return false;
    }
}
