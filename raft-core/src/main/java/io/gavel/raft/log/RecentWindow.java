package io.gavel.raft.log;

import io.gavel.raft.check.Invariants;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The tail of a log in memory: consecutive items by index, with the sum of their sizes.
///
/// A ring, so that appending and evicting cost no allocation. The owner decides what may be evicted.
public final class RecentWindow<T> {
    private @Nullable Object[] items = new @Nullable Object[1024];
    private int[] sizes = new int[1024];

    /// Index of the oldest item; the item of index i stands at `i & mask`.
    private long firstIndex;

    private int count;
    private long bytes;

    public RecentWindow(long firstIndex) {
        this.firstIndex = firstIndex;
    }

    public long firstIndex() {
        return firstIndex;
    }

    public boolean isEmpty() {
        return count == 0;
    }

    /// The sum of the sizes given to [#append].
    public long bytes() {
        return bytes;
    }

    public boolean holds(long index) {
        return index >= firstIndex && index < firstIndex + count;
    }

    public void append(T item, int size) {
        if (count == items.length) {
            grow();
        }
        int slot = slot(firstIndex + count);
        items[slot] = item;
        sizes[slot] = size;
        count++;
        bytes += size;
    }

    public int sizeAt(long index) {
        Invariants.check(holds(index), "only recent items have a known size", index, firstIndex);
        return sizes[slot(index)];
    }

    /// The items from `first` to `last`, both included and held. The list is a snapshot of its own.
    @SuppressWarnings("unchecked")
    public List<T> slice(long first, long last) {
        Invariants.check(first <= last && holds(first) && holds(last), "a slice is recent", first, last);
        Object[] slice = new Object[(int) (last - first + 1)];
        int from = slot(first);
        int head = Math.min(slice.length, items.length - from);
        System.arraycopy(items, from, slice, 0, head);
        System.arraycopy(items, 0, slice, head, slice.length - head);
        return Collections.unmodifiableList((List<T>) Arrays.asList(slice));
    }

    public void truncateFrom(long index) {
        while (count > 0 && firstIndex + count - 1 >= index) {
            count--;
            forget(firstIndex + count);
        }
        if (count == 0) {
            firstIndex = Math.min(firstIndex, index);
        }
    }

    /// Drops the oldest items before `index`.
    public void evictBefore(long index) {
        while (count > 0 && firstIndex < index) {
            evictOldest();
        }
    }

    public void evictOldest() {
        Invariants.check(count > 0, "there is an item to evict");
        forget(firstIndex);
        firstIndex++;
        count--;
    }

    /// Empties the window; the next item will have `nextIndex`.
    public void reset(long nextIndex) {
        Arrays.fill(items, null);
        firstIndex = nextIndex;
        count = 0;
        bytes = 0;
    }

    private void forget(long index) {
        int slot = slot(index);
        bytes -= sizes[slot];
        items[slot] = null;
    }

    private int slot(long index) {
        return (int) (index & (items.length - 1));
    }

    private void grow() {
        @Nullable Object[] oldItems = items;
        int[] oldSizes = sizes;
        items = new @Nullable Object[2 * oldItems.length];
        sizes = new int[items.length];
        for (long index = firstIndex; index < firstIndex + count; index++) {
            int from = (int) (index & (oldItems.length - 1));
            items[slot(index)] = oldItems[from];
            sizes[slot(index)] = oldSizes[from];
        }
    }
}
