package io.gavel.server.storage;

import io.gavel.server.agent.ExitCode;
import io.gavel.server.agent.HaltException;
import io.gavel.server.disk.Disk;
import io.gavel.server.disk.DiskFile;
import io.gavel.server.disk.DiskFullException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Makes and removes the files of segments. A spare one is filled with zeros in the background ahead of need.
///
/// A segment comes into being in one step: header and first batch are written to a temporary name and forced, then
/// the file is renamed and the directory forced.
final class SegmentFiles {
    static final String DIRECTORY = "journal";

    /// Room at the end of each segment that ordinary batches leave free, so that compaction, which frees space,
    /// needs none.
    static final int HOUSEKEEPING_BYTES = 4096;

    private static final String SUFFIX = ".seg";
    private static final String TEMPORARY_SUFFIX = ".tmp";

    private final Disk disk;
    private final int segmentBytes;
    private final Consumer<Runnable> background;
    private final AtomicReference<@Nullable Spare> spare = new AtomicReference<>();
    private final AtomicBoolean preparing = new AtomicBoolean();
    private final AtomicLong temporaryNames = new AtomicLong();

    private record Spare(String name, DiskFile file, long length) {}

    SegmentFiles(Disk disk, int segmentBytes, Consumer<Runnable> background) {
        this.disk = disk;
        this.segmentBytes = segmentBytes;
        this.background = background;
    }

    static String nameOf(long number) {
        return DIRECTORY + "/" + String.format(Locale.ROOT, "%019d", number) + SUFFIX;
    }

    /// The number in a name that [#nameOf] gave, without its directory; -1 for any other name.
    static long numberOf(String name) {
        if (!name.endsWith(SUFFIX) || name.length() != 19 + SUFFIX.length()) {
            return -1;
        }
        try {
            return Long.parseLong(name, 0, 19, 10);
        } catch (NumberFormatException notOurs) {
            return -1;
        }
    }

    /// Creates the directory, and removes what an interrupted creation left.
    void prepareDirectory() throws IOException {
        disk.createDirectory(DIRECTORY);
        disk.syncDirectory("");
        for (String name : disk.list(DIRECTORY)) {
            if (name.endsWith(TEMPORARY_SUFFIX)) {
                disk.delete(DIRECTORY + "/" + name);
            }
        }
    }

    /// Makes the segment durable, with `firstBatch` (may be empty) in it and room for `more` bytes.
    /// Throws [DiskFullException] when there is no space; then nothing has changed.
    Segment install(SegmentHeader header, ByteBuffer firstBatch, int more) throws IOException {
        int used = SegmentHeader.REGION_BYTES + firstBatch.remaining();
        Spare file = take(Math.addExact(used, Math.addExact(more, HOUSEKEEPING_BYTES)));
        file.file().write(0, header.encode());
        file.file().write(SegmentHeader.REGION_BYTES, firstBatch);
        file.file().force(true);
        String name = nameOf(header.key().number());
        disk.rename(file.name(), name);
        disk.syncDirectory(DIRECTORY);
        Segment segment = new Segment(header.key(), name, file.file(), (int) file.length());
        segment.used = used;
        segment.highestEntry = header.state().last.index();
        return segment;
    }

    /// Begins to make a spare segment in the background unless there is one.
    void prepareSpare() {
        if (spare.get() == null && preparing.compareAndSet(false, true)) {
            background.accept(this::makeSpare);
        }
    }

    void delete(Segment segment) throws IOException {
        disk.delete(segment.name);
    }

    void syncDirectory() throws IOException {
        disk.syncDirectory(DIRECTORY);
    }

    void close() throws IOException {
        Spare unused = spare.getAndSet(null);
        if (unused != null) {
            unused.file().close();
        }
    }

    private void makeSpare() {
        try {
            spare.set(make(segmentBytes));
        } catch (DiskFullException e) {
            // Not fatal (rule 26): the journal tries again when it needs the segment.
        } catch (IOException e) {
            throw new HaltException(ExitCode.STORAGE_FAILED, "journal: cannot prepare a segment: " + e.getMessage(), e);
        } finally {
            preparing.set(false);
        }
    }

    private Spare take(int atLeast) throws IOException {
        Spare ready = spare.getAndSet(null);
        if (ready != null) {
            if (ready.length() >= atLeast) {
                return ready;
            }
            spare.set(ready);
        }
        return make(Math.max(segmentBytes, atLeast));
    }

    private Spare make(long length) throws IOException {
        String name = DIRECTORY + "/spare-" + temporaryNames.incrementAndGet() + TEMPORARY_SUFFIX;
        DiskFile file = disk.create(name);
        try {
            file.preallocate(length);
            file.force(true);
        } catch (DiskFullException e) {
            file.close();
            disk.delete(name);
            throw e;
        }
        return new Spare(name, file, length);
    }
}
