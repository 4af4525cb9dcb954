package io.gavel.faults.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HistoryFilesTest {
    @TempDir
    private Path directory = Path.of("");

    static Stream<Operation> operations() {
        return Stream.of(
                done(new Call.Put("k", "5"), new Answer.Written(3L, "007", 9L)),
                done(new Call.Get("k", true), new Answer.Read(null, null, 4L)),
                done(
                        new Call.CompareAndSet("k", true, null, 0L, "a"),
                        new Answer.Compared(false, null, null, true, "b")),
                done(new Call.CompareAndSet("k", false, null, 2L, "a"), new Answer.Compared(true, 3L, 8L, false, null)),
                done(new Call.Delete("k"), new Answer.Deleted(true, null, 12L)),
                done(
                        new Call.Transaction(
                                List.of(
                                        new Call.Condition("k", null, null),
                                        new Call.Condition("l", "v", null),
                                        new Call.Condition("m", null, 0L)),
                                List.of(
                                        new Call.Step(Call.Kind.PUT, "k", "1"),
                                        new Call.Step(Call.Kind.GET, "l", null)),
                                List.of(new Call.Step(Call.Kind.DELETE, "m", null))),
                        new Answer.Branch(
                                true, List.of(new Answer.Part(false, null, 1L), new Answer.Part(true, "v", null)), 7L)),
                done(new Call.Lock("l", 500L), new Answer.Granted(17, 2L)),
                done(new Call.Renew("l", 17, 500), new Answer.Done()),
                done(new Call.Unlock("l", 17), new Answer.Released(false)),
                done(
                        new Call.Watch("p/", true, 3L),
                        new Answer.Seen(
                                List.of(
                                        Answer.WatchEvent.put(3, "p/a", "1"),
                                        Answer.WatchEvent.delete(4, "p/a"),
                                        Answer.WatchEvent.snapshot(9, Map.of("p/b", "x"))),
                                11L)),
                new Operation(
                        4,
                        new Call.Lock("l", null),
                        Stamp.attemptOf("r1"),
                        Status.FAIL,
                        new Answer.Refused(true),
                        1,
                        2),
                new Operation(5, new Call.Put("k", "x"), Stamp.fencedBy(3), Status.INFO, null, 7, 7));
    }

    private static Operation done(Call call, @Nullable Answer answer) {
        return new Operation(1, call, Stamp.NONE, Status.OK, answer, 100, 240);
    }

    @ParameterizedTest
    @MethodSource("operations")
    void readsBackWhatItWrote(Operation operation) throws IOException {
        var history = new History();
        history.add(operation);
        HistoryFiles.write(history, directory);
        assertThat(HistoryFiles.read(directory).operations()).containsExactly(operation);
    }

    @Test
    void writesTheLineThatTheFormatShows() throws IOException {
        var history = new History();
        history.add(done(new Call.Put("k", "5"), new Answer.Written(3L, null, null)));
        HistoryFiles.write(history, directory);
        assertThat(Files.readString(directory.resolve("history.jsonl")))
                .isEqualTo(
                        "{\"process\":1,\"op\":\"put\",\"key\":\"k\",\"args\":{\"value\":5},\"result\":{\"version\":3},"
                                + "\"status\":\"ok\",\"call\":100,\"return\":240}\n");
    }

    @Test
    void readsBackEvents() throws IOException {
        var history = new History();
        var entries = new TreeMap<>(Map.of("a", "1"));
        List<Event> events = List.of(
                Event.at(5, 1, new Observation.SessionOpened(9, 10_000)),
                new Event(1, new Observation.SessionRenewed(9), Status.OK, 6, 8),
                Event.at(7, -2, new Observation.SessionRemoved(9, Observation.Reason.EXPIRED, 44)),
                Event.at(8, 1, new Observation.ConfigSeen("ns", 3, entries, true)),
                new Event(1, new Observation.ConfigPublished("ns", null, List.of(), null), Status.INFO, 9, 9),
                Event.at(9, 2, new Observation.LeaderObserved("e", 4, null)),
                Event.at(9, -1, new Observation.Committed(12, List.of(new Observation.Change("k", null)))));
        events.forEach(history::add);
        HistoryFiles.write(history, directory);
        assertThat(HistoryFiles.read(directory).events()).isEqualTo(events);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"process\":1,\"op\":\"put\",\"key\":\"k\",\"args\":{},\"status\":\"ok\",\"call\":1,\"return\":2}",
                "{\"process\":1,\"op\":\"get\",\"key\":\"k\",\"args\":{},\"status\":\"yes\",\"call\":1,\"return\":2}",
                "{\"process\":1,\"op\":\"get\",\"key\":\"k\",\"args\":{},\"status\":\"ok\",\"call\":3,\"return\":2}",
                "{\"process\":1,\"op\":\"flip\",\"key\":\"k\",\"args\":{},\"status\":\"ok\",\"call\":1,\"return\":2}",
                "not json"
            })
    void namesFileAndLineOfWhatItCannotRead(String line) throws IOException {
        Files.writeString(directory.resolve("history.jsonl"), "\n" + line + "\n");
        assertThatThrownBy(() -> HistoryFiles.read(directory))
                .isInstanceOf(HistoryFormatException.class)
                .hasMessageStartingWith("history.jsonl line 2: ");
    }

    @Test
    void endsOpenOperationsAsUnknown() {
        var history = new History();
        history.invoke(1, new Call.Put("k", "v"), Stamp.NONE, 10);
        long read = history.invoke(2, new Call.Get("k", false), Stamp.NONE, 11);
        history.ok(read, new Answer.Read("v", null, null), 12);
        history.finish(20);
        assertThat(history.operations()).extracting(Operation::status).containsExactly(Status.OK, Status.INFO);
    }
}
