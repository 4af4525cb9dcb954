package io.gavel.faults.scenario;

import io.gavel.faults.sim.FaultKind;
import io.gavel.faults.sim.Stage;
import io.gavel.faults.sim.client.Act;
import io.gavel.faults.sim.client.Actor;
import io.gavel.faults.sim.node.SimNode;
import java.util.ArrayList;
import java.util.List;

/// A majority that can talk to each other has a leader, and a leader that is ill is replaced.
final class ElectionStories {
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000 * MILLI;
    private static final int MEMBERS = 5;
    /// The longest election timeout is twice the shortest of 500 ms.
    private static final long LONGEST_TIMEOUT = SECOND;

    private ElectionStories() {}

    /// The leader's disk stalls for 5 s; later its process stands still for 3 s. Writes go on within two election
    /// timeouts, and no session is lost.
    static void illLeader(Stage stage) {
        Actor writer = stage.newActor().patience(30 * SECOND);
        Act held = stage.done(writer.lock("lock/a", 0));
        SimNode stalled = stage.leader();
        stage.note(FaultKind.SLOW_DISK, stalled, "sits in a sync for 5 s");
        stalled.stallUntil(stage.nowNanos() + 5 * SECOND);
        stage.done(writer.put("r/0"));
        stage.await(
                "a stalled leader is replaced",
                2 * LONGEST_TIMEOUT,
                () -> stage.target().leader() != null && stage.target().leader() != stalled);
        stage.live(6 * SECOND);
        SimNode paused = stage.leader();
        stage.pause(paused, 3 * SECOND);
        Act written = writer.put("r/0");
        stage.await("a write while the leader stands still", 2 * LONGEST_TIMEOUT + SECOND, written::isOk);
        stage.live(4 * SECOND);
        Act fenced = stage.ended(writer.fencedPut(Actor.granted(held), "lock/a/work"));
        stage.demand(fenced.isOk(), "I22", "a session was lost: " + fenced);
    }

    /// Ways of cutting links between five members that leave three of them fully connected: those three write, although
    /// the member that the cuts hit worst leads when they come.
    static void partialPartitions(Stage stage) {
        partitions(stage, true);
    }

    /// As [#partialPartitions], each link in one direction only.
    static void oneWayPartitions(Stage stage) {
        partitions(stage, false);
    }

    private static void partitions(Stage stage, boolean bothWays) {
        Actor writer = stage.newActor().patience(30 * SECOND);
        stage.done(writer.put("r/0"));
        for (int cuts = 1; cuts < 1 << (MEMBERS * (MEMBERS - 1) / 2); cuts += STRIDE) {
            List<int[]> cut = links(cuts);
            if (!hasConnectedMajority(cuts)) {
                continue;
            }
            stage.operator().transfer(stage.member(worst(cut)));
            for (int[] link : cut) {
                stage.cut(host(link[1]), host(link[0]));
                if (bothWays) {
                    stage.cut(host(link[0]), host(link[1]));
                }
            }
            stage.live(MEMBERS * MILLI);
            Act written = writer.put("r/0");
            stage.await(
                    "a write although " + (bothWays ? "" : "one way ") + describe(cut),
                    20 * LONGEST_TIMEOUT,
                    written::isOk);
            for (int[] link : cut) {
                stage.join(host(link[1]), host(link[0]));
                if (bothWays) {
                    stage.join(host(link[0]), host(link[1]));
                }
            }
        }
    }

    /// The member at the end of most links.
    private static int worst(List<int[]> links) {
        int[] ends = new int[MEMBERS + 1];
        int worst = 1;
        for (int[] link : links) {
            ends[link[0]]++;
            ends[link[1]]++;
        }
        for (int member = 2; member <= MEMBERS; member++) {
            worst = ends[member] > ends[worst] ? member : worst;
        }
        return worst;
    }

    /// Of the 1,023 graphs every 17th: 17 has no factor in common with 1,024, so that every link is met in company of
    /// every other.
    private static final int STRIDE = 17;

    private static String host(int member) {
        return "n" + member;
    }

    /// The pairs of members whose bits are set.
    private static List<int[]> links(int cuts) {
        List<int[]> links = new ArrayList<>();
        int bit = 0;
        for (int one = 1; one <= MEMBERS; one++) {
            for (int other = one + 1; other <= MEMBERS; other++) {
                if ((cuts >> bit++ & 1) == 1) {
                    links.add(new int[] {one, other});
                }
            }
        }
        return links;
    }

    private static boolean hasConnectedMajority(int cuts) {
        boolean[][] apart = new boolean[MEMBERS + 1][MEMBERS + 1];
        for (int[] link : links(cuts)) {
            apart[link[0]][link[1]] = true;
        }
        for (int a = 1; a <= MEMBERS; a++) {
            for (int b = a + 1; b <= MEMBERS; b++) {
                for (int c = b + 1; c <= MEMBERS; c++) {
                    if (!apart[a][b] && !apart[a][c] && !apart[b][c]) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private static String describe(List<int[]> links) {
        StringBuilder text = new StringBuilder("cut:");
        links.forEach(link -> text.append(' ').append(link[0]).append('-').append(link[1]));
        return text.toString();
    }
}
