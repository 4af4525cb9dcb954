package io.gavel.server.disk.sim;

import io.gavel.server.disk.Disk;
import io.gavel.server.disk.DiskFile;
import io.gavel.server.disk.DiskFullException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A disk in memory that forgets like a real one: what is not forced may be kept, lost or torn by a crash.
///
/// Every operation that changes something is a step; [#crashAtStep] makes the process die in one of them, after which
/// the disk refuses everything until [#restart]. Bytes are durable after [DiskFile#force] of their file, names after
/// [#syncDirectory] of their directory. Not thread-safe.
public final class SimDisk implements Disk {
    public static final int SECTOR_BYTES = 512;

    /// What survives the end of the process.
    public enum Keep {
        /// Power loss: only what was forced.
        FORCED,
        /// Power loss that happens to lose nothing.
        EVERYTHING,
        /// Power loss: of what was not forced, any subset of sectors and of changes of names.
        RANDOM_SUBSET,
        /// Only the process died: all is readable, nothing more is durable than before.
        PAGE_CACHE
    }

    /// Thrown in the step that the crash hits, and by every operation until the restart.
    public static final class Crashed extends RuntimeException {
        private static final long serialVersionUID = 1;

        Crashed() {
            super("the process is dead");
        }
    }

    /// Decides what a read returns: may change the content that was read, or fail. The disk itself stays as it is.
    @FunctionalInterface
    public interface ReadFilter {
        /// The disk returns what it holds.
        ReadFilter NONE = (name, position, content) -> {};

        /// `content` holds what was read at `position` of the file.
        void filter(String name, long position, ByteBuffer content) throws IOException;
    }

    /// A change of names that is not synced yet; `inode` null = the name was removed.
    private record Rename(String directory, Map<String, @Nullable Inode> names) {}

    private Map<String, Inode> names = new TreeMap<>();
    private Map<String, Inode> durableNames = new TreeMap<>();
    private final List<Rename> renames = new ArrayList<>();
    private final Map<String, Boolean> directories = new TreeMap<>();
    private long steps;
    private long forces;
    private long crashStep = Long.MAX_VALUE;
    private long failStep = Long.MAX_VALUE;
    private long usable = Long.MAX_VALUE / 2;
    private long spaceRefusals;
    private final TreeSet<String> torn = new TreeSet<>();
    private boolean dead;
    private boolean ignoresForce;
    private ReadFilter reads = ReadFilter.NONE;
    private boolean ignoresDirectorySync;

    public SimDisk() {
        directories.put("", true);
    }

    /// Steps so far.
    public long steps() {
        return steps;
    }

    /// How often something was forced to the disk, directories included.
    public long forces() {
        return forces;
    }

    /// How often there was no space for what was to be written.
    public long spaceRefusals() {
        return spaceRefusals;
    }

    /// The files of which the last restart kept in part what was not forced.
    public Set<String> tornFiles() {
        return Collections.unmodifiableSet(torn);
    }

    /// The process dies in the step with this number; numbers go on across restarts.
    public void crashAtStep(long step) {
        crashStep = step;
    }

    /// The step with this number fails with an input/output error. A failing force loses what it should have kept,
    /// although it stays readable, and later forces succeed without it.
    public void failAtStep(long step) {
        failStep = step;
    }

    /// How many bytes may still be allocated.
    public void limitSpace(long bytes) {
        usable = bytes;
    }

    /// What reads return from now on; a restart does not change it.
    public void filterReads(ReadFilter filter) {
        reads = filter;
    }

    /// The names of all files, in natural order.
    public List<String> files() {
        return List.copyOf(names.keySet());
    }

    /// A lying disk: forces return without effect.
    public void ignoreForce() {
        ignoresForce = true;
    }

    /// A lying disk: directory syncs return without effect.
    public void ignoreDirectorySync() {
        ignoresDirectorySync = true;
    }

    /// Ends the process, if it has not ended, and starts the machine again with what survived.
    public void restart(Keep keep, RandomGenerator random) {
        dead = false;
        crashStep = Long.MAX_VALUE;
        failStep = Long.MAX_VALUE;
        torn.clear();
        if (keep == Keep.PAGE_CACHE) {
            return;
        }
        durableNames = survivingNames(keep, random);
        renames.clear();
        names = new TreeMap<>(durableNames);
        for (Map.Entry<String, Inode> file : names.entrySet()) {
            Inode inode = file.getValue();
            byte[] survived = inode.surviving(keep, random);
            if (inode.isTornAs(survived)) {
                torn.add(file.getKey());
            }
            inode.settle(survived);
        }
    }

    /// A hash over what [#restart] with this choice would leave, without doing it. Comparable only with others of
    /// the same moment: what no choice changes is left out.
    public long survivorHash(Keep keep, RandomGenerator random) {
        long hash = 0;
        for (Map.Entry<String, Inode> entry : survivingNames(keep, random).entrySet()) {
            Inode inode = entry.getValue();
            hash = hash * 31 + entry.getKey().hashCode();
            if (inode.isChanged() || durableNames.get(entry.getKey()) != inode) {
                byte[] content = inode.surviving(keep, random);
                hash = (hash * 31 + content.length) * 0x9E3779B97F4A7C15L + Arrays.hashCode(content);
            }
        }
        return hash;
    }

    private Map<String, Inode> survivingNames(Keep keep, RandomGenerator random) {
        Map<String, Inode> surviving = new TreeMap<>(durableNames);
        for (Rename rename : renames) {
            if (keep == Keep.EVERYTHING || (keep == Keep.RANDOM_SUBSET && random.nextBoolean())) {
                apply(rename, surviving);
            }
        }
        return surviving;
    }

    /// Flips one bit, at rest.
    public void flipBit(String name, long position, int bit) {
        Inode inode = existing(name);
        inode.visible[(int) position] ^= (byte) (1 << bit);
        inode.durable = inode.visible.clone();
    }

    /// Where the bytes begin that were made durable last. What stands before them may be proven by them; they
    /// themselves are proven by nothing.
    public long lastForced(String name) {
        return existing(name).lastForced;
    }

    /// The bytes of a file as a process sees them.
    public byte[] bytes(String name) {
        return existing(name).visible.clone();
    }

    /// Replaces the bytes of a file, at rest.
    public void overwrite(String name, byte[] bytes) {
        Inode inode = existing(name);
        inode.visible = bytes.clone();
        inode.durable = bytes.clone();
    }

    /// An independent copy of what is visible, as if all of it were durable.
    public SimDisk copy() {
        SimDisk copy = new SimDisk();
        copy.directories.putAll(directories);
        for (Map.Entry<String, Inode> entry : names.entrySet()) {
            Inode inode = new Inode();
            inode.visible = entry.getValue().visible.clone();
            inode.durable = inode.visible.clone();
            copy.names.put(entry.getKey(), inode);
            copy.durableNames.put(entry.getKey(), inode);
        }
        return copy;
    }

    @Override
    public DiskFile create(String name) throws IOException {
        step();
        if (names.containsKey(name)) {
            throw new FileAlreadyExistsException(name);
        }
        requireDirectory(name);
        Inode inode = new Inode();
        change(name, Map.of(name, inode));
        crashIfDue();
        return new SimFile(name, inode);
    }

    @Override
    public DiskFile open(String name) throws IOException {
        alive();
        if (!names.containsKey(name)) {
            throw new NoSuchFileException(name);
        }
        return new SimFile(name, existing(name));
    }

    @Override
    public boolean exists(String name) {
        alive();
        return names.containsKey(name);
    }

    @Override
    public List<String> list(String directory) {
        alive();
        String prefix = directory.isEmpty() ? "" : directory + "/";
        return names.keySet().stream()
                .filter(name -> name.startsWith(prefix) && name.indexOf('/', prefix.length()) < 0)
                .map(name -> name.substring(prefix.length()))
                .toList();
    }

    @Override
    public void createDirectory(String directory) throws IOException {
        step();
        directories.put(directory, true);
        crashIfDue();
    }

    @Override
    public void rename(String from, String to) throws IOException {
        step();
        if (!names.containsKey(from)) {
            throw new NoSuchFileException(from);
        }
        requireDirectory(to);
        Map<String, @Nullable Inode> change = new TreeMap<>();
        change.put(from, null);
        change.put(to, existing(from));
        change(to, change);
        crashIfDue();
    }

    @Override
    public void delete(String name) throws IOException {
        step();
        if (names.containsKey(name)) {
            Inode inode = existing(name);
            usable += inode.visible.length;
            Map<String, @Nullable Inode> change = new TreeMap<>();
            change.put(name, null);
            change(name, change);
        }
        crashIfDue();
    }

    @Override
    public void syncDirectory(String directory) throws IOException {
        step();
        forces++;
        crashIfDue();
        if (!directories.containsKey(directory)) {
            throw new NoSuchFileException(directory);
        }
        if (ignoresDirectorySync) {
            return;
        }
        for (Rename rename : renames) {
            if (rename.directory().equals(directory)) {
                apply(rename, durableNames);
            }
        }
        renames.removeIf(rename -> rename.directory().equals(directory));
    }

    @Override
    public long usableBytes() {
        alive();
        return usable;
    }

    private final class SimFile implements DiskFile {
        private final String name;
        private final Inode inode;

        SimFile(String name, Inode inode) {
            this.name = name;
            this.inode = inode;
        }

        @Override
        public void write(long position, ByteBuffer source) throws IOException {
            step();
            long more = Math.max(0, position + source.remaining() - inode.visible.length);
            if (more > usable) {
                spaceRefusals++;
                throw new DiskFullException("no space for " + more + " more bytes");
            }
            usable -= more;
            byte[] bytes = new byte[source.remaining()];
            source.get(bytes);
            inode.change(position, bytes);
            crashIfDue();
        }

        @Override
        public int read(long position, ByteBuffer target) throws IOException {
            alive();
            int length = (int) Math.max(0, Math.min(target.remaining(), inode.visible.length - position));
            int start = target.position();
            target.put(inode.visible, (int) Math.min(position, inode.visible.length), length);
            reads.filter(name, position, target.slice(start, length));
            return length;
        }

        @Override
        public void preallocate(long length) throws IOException {
            step();
            if (length > usable) {
                spaceRefusals++;
                throw new DiskFullException("no space for a file of " + length + " bytes");
            }
            usable -= Math.max(0, length - inode.visible.length);
            inode.change(0, new byte[(int) length]);
            crashIfDue();
        }

        @Override
        public void force(boolean metadata) throws IOException {
            try {
                step();
            } catch (IOException e) {
                inode.forgetChanges();
                throw e;
            }
            forces++;
            crashIfDue();
            if (ignoresForce) {
                return;
            }
            inode.force();
        }

        @Override
        public void truncate(long length) throws IOException {
            step();
            inode.change(length, null);
            crashIfDue();
        }

        @Override
        public long length() {
            alive();
            return inode.visible.length;
        }

        @Override
        public void close() {}
    }

    private static void apply(Rename rename, Map<String, Inode> names) {
        for (Map.Entry<String, @Nullable Inode> name : rename.names().entrySet()) {
            Inode inode = name.getValue();
            if (inode == null) {
                names.remove(name.getKey());
            } else {
                names.put(name.getKey(), inode);
            }
        }
    }

    private void change(String name, Map<String, @Nullable Inode> change) {
        renames.add(new Rename(parent(name), change));
        for (Map.Entry<String, @Nullable Inode> entry : change.entrySet()) {
            Inode inode = entry.getValue();
            if (inode == null) {
                names.remove(entry.getKey());
            } else {
                names.put(entry.getKey(), inode);
            }
        }
    }

    private static String parent(String name) {
        int slash = name.lastIndexOf('/');
        return slash < 0 ? "" : name.substring(0, slash);
    }

    private void requireDirectory(String name) throws IOException {
        if (!directories.containsKey(parent(name))) {
            throw new NoSuchFileException(parent(name));
        }
    }

    private Inode existing(String name) {
        Inode inode = names.get(name);
        if (inode == null) {
            throw new IllegalArgumentException("no file " + name);
        }
        return inode;
    }

    private void step() throws IOException {
        alive();
        steps++;
        if (steps == failStep) {
            throw new IOException("input/output error at step " + steps);
        }
    }

    private void crashIfDue() {
        if (steps == crashStep) {
            dead = true;
            throw new Crashed();
        }
    }

    private void alive() {
        if (dead) {
            throw new Crashed();
        }
    }
}
