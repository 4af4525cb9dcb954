package io.gavel.faults.check;

import io.gavel.faults.history.Observation;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/// I13: members that applied the same index have the same digest.
public final class DigestCheck implements Check {
    private static final String NAME = "I13 replica equality";

    @Override
    public void judge(Evidence evidence, Consumer<Finding> findings) {
        Map<Long, String> digests = new TreeMap<>();
        evidence.each(Observation.StateDigest.class, (event, state) -> {
            String other = digests.putIfAbsent(state.index(), state.digest());
            if (other != null && !other.equals(state.digest())) {
                findings.accept(Finding.violated(
                        NAME,
                        "at index " + state.index() + " member " + -event.process() + " has digest " + state.digest()
                                + ", another has " + other,
                        event.call(),
                        event.returned()));
            }
        });
    }
}
