package io.gavel.faults.history;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.TreeSet;

/// Writes and reads a history as `history.jsonl` and `events.jsonl` of a directory.
public final class HistoryFiles {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private HistoryFiles() {}

    /// Writes both files, the operations in the order of their calls.
    public static void write(History history, Path directory) throws IOException {
        Files.createDirectories(directory);
        try (BufferedWriter out = Files.newBufferedWriter(directory.resolve("history.jsonl"))) {
            for (Operation operation : history.operations()) {
                writeLine(out, OperationJson.encode(operation));
            }
        }
        try (BufferedWriter out = Files.newBufferedWriter(directory.resolve("events.jsonl"))) {
            for (Event event : history.events()) {
                ObjectNode line = MAPPER.createObjectNode().put("process", event.process());
                line.setAll((ObjectNode) MAPPER.valueToTree(event.observation()));
                line.put("status", event.status().name().toLowerCase(Locale.ROOT));
                writeLine(out, line.put("call", event.call()).put("return", event.returned()));
            }
        }
    }

    private static void writeLine(BufferedWriter out, JsonNode line) throws IOException {
        out.write(MAPPER.writeValueAsString(line));
        out.write('\n');
    }

    /// Reads every `history*.jsonl` of a directory and, if it is there, `events.jsonl`.
    ///
    /// @throws HistoryFormatException for a line that cannot be read, or if there is no history
    public static History read(Path directory) throws IOException {
        var files = new TreeSet<Path>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "history*.jsonl")) {
            found.forEach(files::add);
        }
        if (files.isEmpty()) {
            throw new HistoryFormatException(directory + " has no history*.jsonl");
        }
        var history = new History();
        for (Path file : files) {
            readLines(file, line -> history.add(OperationJson.decode(line)));
        }
        Path events = directory.resolve("events.jsonl");
        if (Files.exists(events)) {
            readLines(events, line -> history.add(decodeEvent(line)));
        }
        return history;
    }

    private static void readLines(Path file, LineSink sink) throws IOException {
        try (BufferedReader in = Files.newBufferedReader(file)) {
            int number = 0;
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                number++;
                if (line.isBlank()) {
                    continue;
                }
                try {
                    sink.accept(MAPPER.readTree(line));
                } catch (HistoryFormatException | JsonProcessingException | IllegalArgumentException wrong) {
                    throw new HistoryFormatException(
                            file.getFileName() + " line " + number + ": " + wrong.getMessage());
                }
            }
        }
    }

    private static Event decodeEvent(JsonNode line) throws IOException {
        ObjectNode rest = (ObjectNode) line.deepCopy();
        JsonNode process = rest.remove("process");
        JsonNode status = rest.remove("status");
        JsonNode call = rest.remove("call");
        JsonNode returned = rest.remove("return");
        if (process == null || status == null || call == null || returned == null) {
            throw new HistoryFormatException("process, status, call and return are needed");
        }
        return new Event(
                process.intValue(),
                MAPPER.treeToValue(rest, Observation.class),
                Status.valueOf(status.textValue().toUpperCase(Locale.ROOT)),
                call.longValue(),
                returned.longValue());
    }

    private interface LineSink {
        void accept(JsonNode line) throws IOException;
    }
}
