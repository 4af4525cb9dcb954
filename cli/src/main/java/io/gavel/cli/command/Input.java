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
            throw CommandFailure.usage(
                    "VALUE",
                    "one of an argument, - and --file",
                    file == null ? "none" : "both",
                    "give VALUE as an argument, as - for standard input, or with --file");
        }
        if (file != null) {
            return Bytes.of(read("--file", file));
        }
        return "-".equals(argument) ? Bytes.of(standardInput()) : Bytes.utf8(String.valueOf(argument));
    }

    /// The text of the file that `option` names, `-` = standard input.
    static String text(String option, Path file) throws IOException {
        byte[] bytes = file.toString().equals("-") ? standardInput() : read(option, file);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static byte[] read(String option, Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw CommandFailure.invalid(option, "a file", "the directory " + file);
        }
        try (InputStream in = Files.newInputStream(file)) {
            return read(in, option, file.toString());
        } catch (NoSuchFileException e) {
            throw CommandFailure.invalid(option, "a file that exists", file);
        } catch (AccessDeniedException e) {
            throw CommandFailure.invalid(option, "a file that may be read", file);
        }
    }

    private static byte[] standardInput() throws IOException {
        return read(System.in, "standard input", "it");
    }

    private static byte[] read(InputStream in, String field, String what) throws IOException {
        byte[] bytes = in.readNBytes(MAX_BYTES + 1);
        if (bytes.length > MAX_BYTES) {
            throw CommandFailure.usage(
                    field,
                    "at most " + MAX_BYTES + " bytes",
                    "more",
                    field + " must have at most " + MAX_BYTES + " bytes, but " + what + " has more");
        }
        return bytes;
    }
}
