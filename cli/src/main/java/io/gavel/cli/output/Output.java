package io.gavel.cli.output;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Standard output: data only, in the format asked for.
public final class Output {
    private static final String CLEAR_SCREEN = "\u001b[H\u001b[2J";

    private final Format format;
    private final PrintStream out;
    private final boolean colour;

    /// @param colour whether tables have a highlighted header
    public Output(Format format, PrintStream out, boolean colour) {
        this.format = format;
        this.out = out;
        this.colour = colour;
    }

    public Format format() {
        return format;
    }

    /// One document; `table` is what people and pipes see of it.
    public void document(Map<String, @Nullable Object> json, Table table) {
        switch (format) {
            case TABLE -> out.print(table.aligned(colour));
            case PLAIN -> out.print(table.plain());
            case JSON, JSONL -> out.println(Json.write(json));
        }
        out.flush();
    }

    /// A document whose rows stand on their own: `rows` is the list in `json` that `-o jsonl` prints line by line.
    public void list(Map<String, @Nullable Object> json, List<? extends Map<String, ?>> rows, Table table) {
        if (format == Format.JSONL) {
            rows.forEach(row -> out.println(Json.write(row)));
            out.flush();
        } else {
            document(json, table);
        }
    }

    /// One event of a stream: a line of JSON in every format.
    ///
    /// @return whether somebody still reads: false once the other end of a pipe is closed
    public boolean event(Map<String, @Nullable Object> json) {
        out.println(Json.write(json));
        return !isLost();
    }

    /// Whether standard output has refused something of what was printed: more of it helps nobody.
    public boolean isLost() {
        return out.checkError();
    }

    /// Starts a new picture of something that is shown again and again; only tables replace each other.
    public void redraw() {
        if (format == Format.TABLE) {
            out.print(CLEAR_SCREEN);
        }
    }

    /// Bytes as they are and a line end, for a value asked for by its key in a pipe.
    public void raw(byte[] bytes) {
        out.write(bytes, 0, bytes.length);
        out.println();
        out.flush();
    }

    /// Standard output as a stream of bytes: a write fails when it takes no more, which a [PrintStream] keeps quiet.
    public OutputStream bytes() {
        return new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                write(new byte[] {(byte) one}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int from, int length) throws IOException {
                out.write(bytes, from, length);
                if (isLost()) {
                    throw new IOException("standard output takes no more bytes");
                }
            }
        };
    }
}
