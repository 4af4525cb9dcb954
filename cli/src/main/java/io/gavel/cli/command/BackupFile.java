package io.gavel.cli.command;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/// A file that has its name only once it is whole and durable. Until then it is another one beside it, which goes when
/// this is closed, and when a signal ends the process.
final class BackupFile implements AutoCloseable {
    private final Path target;
    private final Path directory;
    private final Path partial;
    private final Thread onSignal = new Thread(this::discardQuietly, "gavel-discard");

    BackupFile(Path file) throws IOException {
        target = file.toAbsolutePath().normalize();
        directory = Objects.requireNonNull(target.getParent());
        partial = Files.createTempFile(directory, "." + target.getFileName() + ".", ".partial");
        Runtime.getRuntime().addShutdownHook(onSignal);
    }

    /// Where the bytes are until they have their name.
    Path partial() {
        return partial;
    }

    /// What writes the bytes, and says something of them.
    @FunctionalInterface
    interface Writer<T> {
        T writeTo(OutputStream out) throws IOException;
    }

    /// Writes the bytes and makes them durable.
    <T> T write(Writer<T> writer) throws IOException {
        try (FileChannel channel = FileChannel.open(partial, StandardOpenOption.WRITE);
                OutputStream out = Channels.newOutputStream(channel)) {
            T said = writer.writeTo(out);
            channel.force(true);
            return said;
        }
    }

    /// Gives the file its name, durably; replaces one that has it.
    void keep() throws IOException {
        Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
            names.force(true);
        }
    }

    /// What a signal sets off.
    Thread onSignal() {
        return onSignal;
    }

    private void discardQuietly() {
        try {
            Files.deleteIfExists(partial);
        } catch (IOException left) {
            System.err.println("gavel: " + partial + " could not be deleted: " + left.getMessage());
        }
    }

    @Override
    public void close() {
        discardQuietly();
        try {
            Runtime.getRuntime().removeShutdownHook(onSignal);
        } catch (IllegalStateException shuttingDown) {
            return;
        }
    }
}
