package io.gavel.cli.command;

import io.gavel.cli.CommandFailure;
import io.gavel.client.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Values from the command line, a file, or standard input, byte for byte.
final class Input {
    private static final int MAX_BYTES = 4 << 20;

    private Input() {}

    /// The value of `argument` (`-` = standard input) or of `file`; exactly one of them must be given.
    static Bytes value(@Nullable String argument, @Nullable Path file) throws IOException {
        if ((argument == null) == (file == null)) {
            throw CommandFailure.usage("give the value as an argument, as - for standard input, or with --file");
        }
        if (file != null) {
            return Bytes.of(read(file));
        }
        return "-".equals(argument) ? Bytes.of(standardInput()) : Bytes.utf8(String.valueOf(argument));
    }

    /// The text of a file, `-` = standard input.
    static String text(Path file) throws IOException {
        byte[] bytes = file.toString().equals("-") ? standardInput() : read(file);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static byte[] read(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw CommandFailure.usage("file " + file + " is a directory");
        }
        try (InputStream in = Files.newInputStream(file)) {
            return read(in, "file " + file);
        } catch (NoSuchFileException e) {
            throw CommandFailure.usage("file " + file + " does not exist");
        } catch (AccessDeniedException e) {
            throw CommandFailure.usage("file " + file + " may not be read");
        }
    }

    private static byte[] standardInput() throws IOException {
        return read(System.in, "standard input");
    }

    private static byte[] read(InputStream in, String what) throws IOException {
        byte[] bytes = in.readNBytes(MAX_BYTES + 1);
        if (bytes.length > MAX_BYTES) {
            throw CommandFailure.invalid(what, "at most " + MAX_BYTES + " bytes", "more");
        }
        return bytes;
    }
}
