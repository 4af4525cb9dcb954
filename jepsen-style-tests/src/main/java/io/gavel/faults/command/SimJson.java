package io.gavel.faults.command;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// The result of `faults sim` as one JSON object.
final class SimJson {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private SimJson() {}

    static String of(
            Statistics statistics,
            List<Outcome> failures,
            List<Path> places,
            FailureReport report,
            boolean differs,
            boolean passed) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("passed", passed).put("runs", statistics.runs());
        node.put("deterministic", !differs).put("timesRealTime", statistics.speed());
        node.set("medians", MAPPER.valueToTree(statistics.medians()));
        node.set("reached", MAPPER.valueToTree(statistics.reached()));
        node.set("unreached", MAPPER.valueToTree(statistics.unreached()));
        var list = node.putArray("failures");
        for (int i = 0; i < failures.size(); i++) {
            Outcome failure = failures.get(i);
            list.addObject()
                    .put("seed", Long.toString(failure.result().seed()))
                    .put("verdict", failure.verdict().name().toLowerCase(Locale.ROOT))
                    .put("check", failure.check())
                    .put("message", failure.message())
                    .put("directory", places.get(i).toString())
                    .put("repeat", report.reproduction(failure.result().seed()));
        }
        return node.toString();
    }
}
