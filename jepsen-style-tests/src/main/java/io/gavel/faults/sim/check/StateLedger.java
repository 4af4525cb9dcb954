package io.gavel.faults.sim.check;

import static io.gavel.faults.sim.check.ViolationException.check;

import io.gavel.server.state.Published;
import io.gavel.server.state.StateMachine;
import io.gavel.server.state.table.DigestValue;
import io.gavel.server.state.table.StateEvent;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/// Replica equality, I13: at one applied index every member has one state, and each revision the same events.
public final class StateLedger {
    private record State(DigestValue digest, long revision, long replicatedTimeNanos) {}

    private final TreeMap<Long, State> states = new TreeMap<>();
    private final TreeMap<Long, String> events = new TreeMap<>();

    /// A member published this state.
    public void onApplied(int node, StateMachine machine) {
        Published published = machine.published();
        long index = published.lastApplied().index();
        State state = new State(machine.digest(), published.revision(), published.replicatedTimeNanos());
        State first = states.putIfAbsent(index, state);
        check(
                first == null || first.equals(state),
                "I13",
                () -> "member " + node + " has " + state + " at index " + index + ", another member had " + first);
    }

    /// A member tells the events of a revision; true = it is the first to do so.
    public boolean onEvents(int node, long revision, List<StateEvent> told) {
        String text = describe(told);
        String first = events.putIfAbsent(revision, text);
        check(
                first == null || first.equals(text),
                "I24",
                () -> "member " + node + " tells " + text + " at revision " + revision + ", another told " + first);
        return first == null;
    }

    private static String describe(List<StateEvent> told) {
        StringBuilder text = new StringBuilder();
        for (StateEvent event : told) {
            switch (event) {
                case StateEvent.KeyChanged changed ->
                    text.append("key ")
                            .append(new String(changed.key(), StandardCharsets.UTF_8))
                            .append(" version ")
                            .append(changed.current().version())
                            .append(changed.current().isTombstone() ? " deleted" : " value ")
                            .append(Arrays.hashCode(changed.current().value()));
                case StateEvent.ConfigReleased released ->
                    text.append("release ")
                            .append(released.release().getNamespace())
                            .append(' ')
                            .append(released.release().getVersion());
                case StateEvent.LeaderChanged changed ->
                    text.append("leader ")
                            .append(changed.election())
                            .append(' ')
                            .append(
                                    changed.leader() == null
                                            ? 0
                                            : changed.leader().getToken());
            }
            text.append("; ");
        }
        return text.toString();
    }
}
