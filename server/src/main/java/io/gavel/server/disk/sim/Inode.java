package io.gavel.server.disk.sim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The content of one file: what a process sees, what is durable, and the changes between the two.
final class Inode {
    byte[] visible = new byte[0];
    byte[] durable = new byte[0];
    /// Where the bytes begin that the last force with any effect made durable.
    long lastForced;

    private final List<Change> changes = new ArrayList<>();

    /// A change of bytes that is not forced yet; `bytes` null = the file ends at `position`.
    private static final class Change {
        private final long position;
        private final byte @Nullable [] bytes;

        Change(long position, byte @Nullable [] bytes) {
            this.position = position;
            this.bytes = bytes;
        }
    }

    /// Whether something is not forced yet.
    boolean isChanged() {
        return !changes.isEmpty();
    }

    void change(long position, byte @Nullable [] bytes) {
        Change change = new Change(position, bytes);
        changes.add(change);
        visible = applied(visible, change);
    }

    void force() {
        long start = Long.MAX_VALUE;
        for (Change change : changes) {
            durable = applied(durable, change);
            start = Math.min(start, change.position);
        }
        lastForced = changes.isEmpty() ? lastForced : start;
        changes.clear();
    }

    /// What was not forced stays readable, but no force will keep it any more.
    void forgetChanges() {
        changes.clear();
    }

    /// What a loss of power would leave; the inode stays as it is.
    byte[] surviving(SimDisk.Keep keep, RandomGenerator random) {
        if (changes.isEmpty() || keep == SimDisk.Keep.FORCED) {
            return durable;
        }
        byte[] content = durable.clone();
        for (Change change : changes) {
            content =
                    keep == SimDisk.Keep.EVERYTHING ? applied(content, change) : appliedInPart(content, change, random);
        }
        return content;
    }

    /// Whether this content has some of what was not forced, but not all of it.
    boolean isTornAs(byte[] content) {
        return isChanged() && !Arrays.equals(content, durable) && !Arrays.equals(content, visible);
    }

    /// This is the durable content from now on, and all there is.
    void settle(byte[] content) {
        durable = content;
        visible = content.clone();
        changes.clear();
    }

    private static byte[] appliedInPart(byte[] content, Change change, RandomGenerator random) {
        byte[] bytes = change.bytes;
        if (bytes == null) {
            return random.nextBoolean() ? applied(content, change) : content;
        }
        byte[] result = content;
        long at = change.position;
        long end = at + bytes.length;
        while (at < end) {
            long sectorEnd = Math.min(end, (at / SimDisk.SECTOR_BYTES + 1) * SimDisk.SECTOR_BYTES);
            if (random.nextBoolean()) {
                int from = (int) (at - change.position);
                byte[] sector = Arrays.copyOfRange(bytes, from, (int) (sectorEnd - change.position));
                result = applied(result, new Change(at, sector));
            }
            at = sectorEnd;
        }
        return result;
    }

    private static byte[] applied(byte[] content, Change change) {
        byte[] bytes = change.bytes;
        int position = (int) change.position;
        if (bytes == null) {
            return Arrays.copyOf(content, position);
        }
        byte[] result =
                content.length < position + bytes.length ? Arrays.copyOf(content, position + bytes.length) : content;
        System.arraycopy(bytes, 0, result, position, bytes.length);
        return result;
    }
}
