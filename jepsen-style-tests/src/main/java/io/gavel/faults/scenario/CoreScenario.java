package io.gavel.faults.scenario;

import java.util.List;

/// An incident of consensus alone: a script with its trace in the tests of raft-core, which replays it.
///
/// @param file its name in `raft-core/src/test/resources/scenarios`, without the ending
/// @param incident what happened where
/// @param bugs seeded bugs, by name, each of which must turn the scenario red
public record CoreScenario(String file, String incident, List<String> bugs) {
    /// What `faults scenarios --only` calls it.
    public String name() {
        return "core/" + file;
    }

    /// All of them.
    public static List<CoreScenario> all() {
        return List.of(
                new CoreScenario(
                        "readindex-stale-echo",
                        "a stale linearizable read through a reused ReadIndex request (etcd #20418)",
                        List.of("read-without-fresh-round")),
                new CoreScenario(
                        "figure-8",
                        "the commit of an entry of an earlier term by counting (Raft paper, figure 8)",
                        List.of("commit-earlier-term-by-counting")),
                new CoreScenario(
                        "slow-disk",
                        "a stalled disk keeps leadership (etcd #15247, tikv #19626)",
                        List.of("stalled-leader-stays")),
                new CoreScenario(
                        "lost-log",
                        "an emptied disk rejoins as the same member (dragonboat #256)",
                        List.of("repairing-member-votes")));
    }
}
