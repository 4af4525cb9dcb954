package io.gavel.faults.report;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gavel.faults.check.Finding;
import io.gavel.faults.check.Texts;
import io.gavel.faults.history.History;
import io.gavel.faults.history.Operation;
import io.gavel.faults.sim.RunEvent;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/// A run as one HTML file that needs nothing else: members as lanes with roles and terms in colour, faults as bars,
/// client operations with their outcomes, and the window in which a promise was broken.
public final class TimelineHtml {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final String PLACE = "/*RUN*/";

    private TimelineHtml() {}

    /// The file's text.
    ///
    /// @param title names the run
    /// @param members how many the cluster began with
    public static String of(String title, int members, List<RunEvent> events, History history, List<Finding> findings)
            throws IOException {
        ObjectNode run = MAPPER.createObjectNode().put("title", title).put("members", members);
        ArrayNode marks = run.putArray("events");
        for (RunEvent event : events) {
            marks.addObject()
                    .put("at", event.atNanos())
                    .put("kind", event.kind().name())
                    .put("node", event.node())
                    .put("text", event.text())
                    .put("term", event.term());
        }
        ArrayNode operations = run.putArray("operations");
        for (Operation operation : history.operations()) {
            operations
                    .addObject()
                    .put("process", operation.process())
                    .put("name", operation.call().getClass().getSimpleName().toLowerCase(Locale.ROOT))
                    .put("key", operation.call().key())
                    .put("status", operation.status().name().toLowerCase(Locale.ROOT))
                    .put("from", operation.invoked())
                    .put("to", operation.returned())
                    .put("text", Texts.of(operation))
                    .put(
                            "bad",
                            findings.stream()
                                    .anyMatch(finding -> finding.operations().contains(operation)));
        }
        ArrayNode wrongs = run.putArray("findings");
        for (Finding finding : findings) {
            wrongs.addObject()
                    .put("check", finding.check())
                    .put("text", finding.toString())
                    .put("from", finding.fromNanos())
                    .put("to", finding.toNanos());
        }
        // A script ends at the first "</", wherever it stands.
        return page().replace(PLACE, MAPPER.writeValueAsString(run).replace("<", "\\u003c"));
    }

    private static String page() throws IOException {
        try (InputStream in = Objects.requireNonNull(TimelineHtml.class.getResourceAsStream("timeline.html"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
