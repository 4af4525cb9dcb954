package io.gavel.server.disk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The real thing: a directory of the machine's file system, held by one process at a time.
///
/// Reads and writes go through `FileChannel`, never through mapped memory: a failing disk must surface as an
/// `IOException` of the call that met it.
public final class FileDisk implements Disk, Closeable {
    private static final String LOCK_NAME = "LOCK";

    private final Path root;
    private final FileChannel lockChannel;

    private FileDisk(Path root, FileChannel lockChannel) {
        this.root = root;
        this.lockChannel = lockChannel;
    }

    private static FileChannel lockFile(Path directory) throws IOException {
        if (Files.exists(directory) && !Files.isDirectory(directory)) {
            throw new StorageRefusedException("data directory", "a directory", directory + ", a file");
        }
        try {
            Files.createDirectories(directory);
            return FileChannel.open(directory.resolve(LOCK_NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (AccessDeniedException denied) {
            throw new StorageRefusedException("data directory", "writable", directory + ": permission denied");
        } catch (FileAlreadyExistsException file) {
            throw new StorageRefusedException(
                    "data directory", "a directory", directory + " below " + file.getMessage() + ", a file");
        }
    }

    /// Creates the directory when needed and takes its lock; [StorageRefusedException] when another process has it.
    public static FileDisk open(Path directory) throws IOException {
        FileChannel channel = lockFile(directory);
        try {
            if (tryLock(channel) == null) {
                throw new StorageRefusedException("data directory", "free", directory + " in use by another process");
            }
            return new FileDisk(directory, channel);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /// Opens one file outside of any data directory, for reading.
    public static DiskFile openFile(Path file) throws IOException {
        return new ChannelFile(FileChannel.open(file, StandardOpenOption.READ), file);
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException heldByThisProcess) {
            return null;
        }
    }

    @Override
    public DiskFile create(String name) throws IOException {
        Path path = root.resolve(name);
        return new ChannelFile(
                FileChannel.open(
                        path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE),
                path);
    }

    @Override
    public DiskFile open(String name) throws IOException {
        Path path = root.resolve(name);
        return new ChannelFile(FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE), path);
    }

    @Override
    public boolean exists(String name) {
        return Files.exists(root.resolve(name));
    }

    @Override
    public List<String> list(String directory) throws IOException {
        Path path = root.resolve(directory);
        if (!Files.isDirectory(path)) {
            return List.of();
        }
        try (Stream<Path> children = Files.list(path)) {
            return children.map(child -> child.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    @Override
    public void createDirectory(String directory) throws IOException {
        Files.createDirectories(root.resolve(directory));
    }

    @Override
    public void rename(String from, String to) throws IOException {
        Files.move(
                root.resolve(from),
                root.resolve(to),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void delete(String name) throws IOException {
        Files.deleteIfExists(root.resolve(name));
    }

    @Override
    public void syncDirectory(String directory) throws IOException {
        try (FileChannel channel = FileChannel.open(root.resolve(directory), StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public long usableBytes() throws IOException {
        return usableBytes(root);
    }

    private static long usableBytes(Path path) throws IOException {
        return Files.getFileStore(path).getUsableSpace();
    }

    /// Gives the directory free for another process.
    @Override
    public void close() throws IOException {
        lockChannel.close();
    }

    private static final class ChannelFile implements DiskFile {
        // FileChannel keeps a direct copy of a heap buffer for each thread: slices bound its size.
        private static final int SLICE_BYTES = 256 * 1024;

        private final FileChannel channel;

        private final Path path;

        ChannelFile(FileChannel channel, Path path) {
            this.channel = channel;
            this.path = path;
        }

        @Override
        public void write(long position, ByteBuffer source) throws IOException {
            long at = position;
            int end = source.limit();
            try {
                while (source.position() < end) {
                    source.limit(source.isDirect() ? end : Math.min(end, source.position() + SLICE_BYTES));
                    at += channel.write(source, at);
                }
            } catch (IOException e) {
                // The system's message is in the system's language: the free space decides as well.
                String message = e.getMessage();
                if ((message != null && message.contains("No space left")) || usableBytes(path) < SLICE_BYTES) {
                    throw new DiskFullException("no space for " + (end - source.position()) + " more bytes", e);
                }
                throw e;
            }
        }

        @Override
        public int read(long position, ByteBuffer target) throws IOException {
            int start = target.position();
            int end = target.limit();
            try {
                while (target.position() < end) {
                    target.limit(target.isDirect() ? end : Math.min(end, target.position() + SLICE_BYTES));
                    if (channel.read(target, position + target.position() - start) < 0) {
                        break;
                    }
                }
            } finally {
                target.limit(end);
            }
            return target.position() - start;
        }

        @Override
        public void preallocate(long length) throws IOException {
            ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(length, SLICE_BYTES));
            for (long at = 0; at < length; at += SLICE_BYTES) {
                zeros.clear().limit((int) Math.min(zeros.capacity(), length - at));
                write(at, zeros);
            }
        }

        @Override
        public void force(boolean metadata) throws IOException {
            channel.force(metadata);
        }

        @Override
        public void truncate(long length) throws IOException {
            channel.truncate(length);
        }

        @Override
        public long length() throws IOException {
            return channel.size();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
