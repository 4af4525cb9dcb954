package io.gavel.faults.sim.fault;

import io.gavel.faults.sim.FaultKind;
import io.gavel.faults.sim.check.Goal;
import io.gavel.faults.sim.net.Link;
import io.gavel.faults.sim.node.SimNode;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Who does not reach whom (N4), and whether the cluster found its way around it.
final class Partitions {
    private static final long MILLI = 1_000_000;
    private static final long LONG_NANOS = 5_000 * MILLI;
    /// Until then a cluster may still search for a leader that can serve.
    private static final long SEARCH_NANOS = 2_500 * MILLI;

    private final Target target;

    Partitions(Target target) {
        this.target = target;
    }

    private List<SimNode> nodes() {
        return target.nodes();
    }

    private SimNode anyNode(RandomGenerator random) {
        return nodes().get(random.nextInt(nodes().size()));
    }

    /// Draws a shape around the node and cuts it.
    void begin(int number, SimNode chosen, RandomGenerator random) {
        List<Link> cut = new ArrayList<>();
        int shape = random.nextInt(9);
        String text = switch (shape) {
            case 0 -> {
                cut.addAll(target.linksOf(chosen, 2));
                yield chosen.host() + " isolated";
            }
            case 1 -> {
                cut.addAll(target.linksOf(chosen, 0));
                yield chosen.host() + " hears but is not heard";
            }
            case 2 -> {
                cut.addAll(target.linksOf(chosen, 1));
                yield chosen.host() + " is heard but does not hear";
            }
            case 3 -> halves(cut, random);
            case 4 -> ring(cut);
            case 5, 6, 7 -> {
                partial(number, shape, random);
                yield "";
            }
            default -> {
                SimNode other = anyNode(random);
                cut.addAll(between(chosen, other));
                yield chosen.host() + " and " + other.host() + " cut";
            }
        };
        if (text.isEmpty()) {
            return;
        }
        int flaps = random.nextInt(4) == 0 ? 2 + random.nextInt(6) : 1;
        long each = flaps == 1 ? Nemesis.duration(random) : 50 * MILLI + random.nextLong(1_500 * MILLI);
        target.note(FaultKind.PARTITION, number, 0, text + (flaps > 1 ? ", flapping " + flaps + " times" : ""));
        if (shape == 1 || shape == 2) {
            long before = target.highestTerm();
            target.later(each - 1, "one way", () -> {
                if (target.highestTerm() > before) {
                    target.reached(Goal.TERM_OVER_ONE_WAY_LINK);
                }
            });
        }
        flap(number, cut, flaps, each);
    }

    private String halves(List<Link> cut, RandomGenerator random) {
        List<SimNode> left = new ArrayList<>();
        List<SimNode> right = new ArrayList<>();
        nodes().forEach(node -> (random.nextBoolean() ? left : right).add(node));
        for (SimNode one : left) {
            for (SimNode other : right) {
                cut.addAll(between(one, other));
            }
        }
        return "split " + left.stream().map(SimNode::host).toList() + " from "
                + right.stream().map(SimNode::host).toList();
    }

    /// Everybody reaches the two next to it only: overlapping majorities of five, a chain of three.
    private String ring(List<Link> cut) {
        int size = nodes().size();
        for (int i = 0; i < size; i++) {
            for (int j = i + 2; j < size; j++) {
                boolean neighbours = size > 3 && i == 0 && j == size - 1;
                if (!neighbours) {
                    cut.addAll(between(nodes().get(i), nodes().get(j)));
                }
            }
        }
        return "only neighbours reach each other";
    }

    /// The three cases of partial connectivity that stop protocols (OmniPaxos, EuroSys 2023, section 2): there is one
    /// member that a majority reaches, and it does not lead. Always long enough to get over it.
    private void partial(int number, int shape, RandomGenerator random) {
        SimNode leader = target.leader();
        SimNode hub = anyNode(random);
        if (leader == null || hub == leader) {
            return;
        }
        long duration = LONG_NANOS + random.nextLong(LONG_NANOS);
        switch (shape) {
            case 5 -> {
                target.note(FaultKind.PARTITION, number, 0, "quorum loss: all reach only " + hub.host());
                hold(number, star(hub), duration, Goal.QUORUM_LOSS_RECOVERED);
            }
            case 6 -> {
                target.note(
                        FaultKind.PARTITION,
                        number,
                        0,
                        "constrained: " + hub.host() + " lags, then all but " + leader.host() + " reach only it");
                List<Link> first = target.linksOf(hub, 2);
                first.forEach(target.network()::block);
                target.later(1_000 * MILLI, "constrain", () -> {
                    first.forEach(target.network()::unblock);
                    List<Link> cut = star(hub);
                    cut.addAll(between(leader, hub));
                    hold(number, cut, duration, Goal.CONSTRAINED_RECOVERED);
                });
            }
            default -> {
                SimNode other = anyNode(random);
                boolean chain = other != leader && other != hub;
                target.note(
                        FaultKind.PARTITION,
                        number,
                        0,
                        "chained: " + leader.host() + " and " + other.host() + " reach each other through others");
                hold(number, between(leader, other), duration, chain ? Goal.CHAINED_RECOVERED : null);
            }
        }
    }

    /// Everything that does not lead to or from the hub.
    private List<Link> star(SimNode hub) {
        List<Link> cut = new ArrayList<>();
        for (SimNode one : nodes()) {
            for (SimNode other : nodes()) {
                if (one != other && one != hub && other != hub) {
                    cut.add(target.network().link(one.host(), other.host()));
                }
            }
        }
        return cut;
    }

    private void hold(int number, List<Link> cut, long nanos, @Nullable Goal goal) {
        long[] committed = new long[1];
        target.later(Math.min(SEARCH_NANOS, nanos), "search", () -> committed[0] = target.committedIndex());
        target.later(nanos - 1, "found", () -> {
            if (goal != null && target.committedIndex() > committed[0]) {
                target.reached(goal);
            }
        });
        flap(number, cut, 1, nanos);
    }

    List<Link> between(SimNode one, SimNode other) {
        return one == other
                ? List.of()
                : List.of(
                        target.network().link(one.host(), other.host()),
                        target.network().link(other.host(), one.host()));
    }

    void flap(int number, List<Link> cut, int times, long each) {
        cut.forEach(target.network()::block);
        target.later(each, "unblock", () -> {
            cut.forEach(target.network()::unblock);
            target.healed(number, 0, "partition healed");
            if (times > 1 && !target.isOver()) {
                target.later(each / 2, "block", () -> flap(number, cut, times - 1, each));
            }
        });
    }
}
