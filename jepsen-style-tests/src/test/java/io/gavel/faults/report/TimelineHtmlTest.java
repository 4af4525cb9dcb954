package io.gavel.faults.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.faults.check.Finding;
import io.gavel.faults.history.Answer;
import io.gavel.faults.history.Call;
import io.gavel.faults.history.History;
import io.gavel.faults.history.Operation;
import io.gavel.faults.history.Stamp;
import io.gavel.faults.history.Status;
import io.gavel.faults.sim.RunEvent;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TimelineHtmlTest {
    @Test
    void isOneFileThatTellsEverything() throws IOException {
        var history = new History();
        var read = new Operation(
                7, new Call.Get("k", false), Stamp.NONE, Status.OK, new Answer.Read("</script>", null, null), 10, 20);
        history.add(read);
        List<RunEvent> events = List.of(
                new RunEvent(1, 5, RunEvent.Kind.ROLE, 2, "LEADER", 4),
                new RunEvent(2, 9, RunEvent.Kind.FAULT, 0, "PARTITION: n1 | n2 n3", 1));
        String page = TimelineHtml.of(
                "seed 5", 3, events, history, List.of(Finding.violated("I17", "an old value", List.of(read))));
        assertThat(page)
                .contains("\"title\":\"seed 5\"", "PARTITION: n1 | n2 n3", "an old value", "\"bad\":true")
                .doesNotContain("/*RUN*/", "src=", "href=", "@import", "url(");
        assertThat(page.indexOf("</script>")).isEqualTo(page.lastIndexOf("</script>"));
        assertThat(page.replace("http://www.w3.org/2000/svg", "")).doesNotContain("http");
    }
}
