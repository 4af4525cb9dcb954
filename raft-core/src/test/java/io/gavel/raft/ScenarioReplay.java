package io.gavel.raft;

import java.util.ArrayList;
import java.util.List;

/// A scenario file, replayed: its commands with the trace that they leave today.
final class ScenarioReplay {
    private ScenarioReplay() {}

    /// The lines with their traces made anew.
    static List<String> of(List<String> lines) {
        CoreFixture fixture = new CoreFixture();
        List<String> actual = new ArrayList<>();
        for (String line : lines) {
            if (line.startsWith("  ")) {
                continue;
            }
            actual.add(line);
            if (!line.isBlank() && !line.startsWith("#")) {
                int before = fixture.trace().size();
                fixture.run(line);
                actual.addAll(fixture.trace().subList(before, fixture.trace().size()));
            }
        }
        return actual;
    }
}
