package io.gavel.cli.output;

import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Standard output: data only, in the format asked for.
public final class Output {
    private final Format format;
    private final PrintStream out;

    public Output(Format format, PrintStream out) {
        this.format = format;
        this.out = out;
    }

    public Format format() {
        return format;
    }

    /// One document; `table` is what people and pipes see of it.
    public void document(Map<String, @Nullable Object> json, Table table) {
        switch (format) {
            case TABLE -> out.print(table.aligned());
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
    public void event(Map<String, @Nullable Object> json) {
        out.println(Json.write(json));
        out.flush();
    }

    /// Bytes as they are and a line end, for a value asked for by its key in a pipe.
    public void raw(byte[] bytes) {
        out.write(bytes, 0, bytes.length);
        out.println();
        out.flush();
    }
}
