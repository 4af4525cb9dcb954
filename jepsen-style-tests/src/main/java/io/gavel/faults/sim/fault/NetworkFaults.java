package io.gavel.faults.sim.fault;

import io.gavel.faults.sim.FaultKind;
import io.gavel.faults.sim.client.SimClient;
import io.gavel.faults.sim.net.Link;
import io.gavel.faults.sim.node.SimNode;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Faults of links: N1 to N6.
final class NetworkFaults {
    private static final long MILLI = 1_000_000;

    private final Target target;

    NetworkFaults(Target target) {
        this.target = target;
    }

    private List<SimNode> nodes() {
        return target.nodes();
    }

    private SimNode anyNode(RandomGenerator random) {
        return nodes().get(random.nextInt(nodes().size()));
    }

    /// The leader half of the time, if there is one.
    SimNode someNode(RandomGenerator random) {
        @Nullable SimNode leader = target.leader();
        SimNode any = anyNode(random);
        return random.nextBoolean() && leader != null ? leader : any;
    }

    private void later(long nanos, String label, Runnable task) {
        target.scheduler().in(nanos, target.outside(), label, task);
    }

    void disturb(FaultKind kind, int number, RandomGenerator random) {
        double rate = 0.01 + random.nextDouble() * 0.4;
        boolean drop = kind == FaultKind.DROP;
        List<Link> chosen = new ArrayList<>();
        double share = random.nextDouble();
        for (SimNode from : nodes()) {
            for (SimNode to : nodes()) {
                if (from != to && random.nextDouble() < share) {
                    chosen.add(target.network().link(from.host(), to.host()));
                }
            }
        }
        chosen.forEach(link -> link.disturb(drop ? rate : 0, drop ? 0 : rate));
        target.note(kind, number, 0, kind + " of " + Math.round(rate * 100) + " % on " + chosen.size() + " links");
        later(Nemesis.duration(random), "undisturb", () -> {
            chosen.forEach(link -> link.disturb(0, 0));
            target.healed(number, 0, "no more " + kind);
        });
    }

    void delay(int number, RandomGenerator random) {
        SimNode node = someNode(random);
        boolean clogged = random.nextBoolean();
        long duration = Nemesis.duration(random);
        List<Link> links = linksOf(node, random.nextInt(3));
        if (clogged) {
            links.forEach(target.network()::block);
            target.note(FaultKind.DELAY, number, node.id(), "links of " + node.host() + " clogged");
        } else {
            long delay = (1 + random.nextLong(400)) * MILLI;
            links.forEach(link -> link.delay(delay));
            target.note(
                    FaultKind.DELAY,
                    number,
                    node.id(),
                    "links of " + node.host() + " slower by " + delay / MILLI + " ms");
        }
        later(clogged ? Math.min(duration, 4_000 * MILLI) : duration, "undelay", () -> {
            if (clogged) {
                links.forEach(target.network()::unblock);
            } else {
                links.forEach(link -> link.delay(0));
            }
            target.healed(number, node.id(), "links of " + node.host() + " as before");
        });
    }

    /// `direction` 0 = from the node, 1 = to it, 2 = both.
    private List<Link> linksOf(SimNode node, int direction) {
        List<Link> links = new ArrayList<>();
        for (SimNode other : nodes()) {
            if (other != node) {
                if (direction != 1) {
                    links.add(target.network().link(node.host(), other.host()));
                }
                if (direction != 0) {
                    links.add(target.network().link(other.host(), node.host()));
                }
            }
        }
        return links;
    }

    void partition(int number, RandomGenerator random) {
        List<Link> cut = new ArrayList<>();
        SimNode chosen = someNode(random);
        int shape = random.nextInt(6);
        String text = switch (shape) {
            case 0 -> {
                cut.addAll(linksOf(chosen, 2));
                yield chosen.host() + " isolated";
            }
            case 1 -> {
                cut.addAll(linksOf(chosen, 0));
                yield chosen.host() + " hears but is not heard";
            }
            case 2 -> {
                cut.addAll(linksOf(chosen, 1));
                yield chosen.host() + " is heard but does not hear";
            }
            case 3 -> halves(cut, random);
            case 4 -> ring(cut);
            default -> {
                SimNode other = anyNode(random);
                cut.addAll(between(chosen, other));
                yield chosen.host() + " and " + other.host() + " cut";
            }
        };
        int flaps = random.nextInt(4) == 0 ? 2 + random.nextInt(6) : 1;
        long each = flaps == 1 ? Nemesis.duration(random) : 50 * MILLI + random.nextLong(1_500 * MILLI);
        target.note(FaultKind.PARTITION, number, 0, text + (flaps > 1 ? ", flapping " + flaps + " times" : ""));
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

    private List<Link> between(SimNode one, SimNode other) {
        return one == other
                ? List.of()
                : List.of(
                        target.network().link(one.host(), other.host()),
                        target.network().link(other.host(), one.host()));
    }

    private void flap(int number, List<Link> cut, int times, long each) {
        cut.forEach(target.network()::block);
        later(each, "unblock", () -> {
            cut.forEach(target.network()::unblock);
            target.healed(number, 0, "partition healed");
            if (times > 1 && !target.isOver()) {
                later(each / 2, "block", () -> flap(number, cut, times - 1, each));
            }
        });
    }

    void cutClient(int number, RandomGenerator random) {
        SimClient client = target.clients().get(random.nextInt(target.clients().size()));
        List<Link> cut = new ArrayList<>();
        @Nullable SimNode leader = target.leader();
        boolean onlyLeader = random.nextBoolean() && leader != null;
        int direction = random.nextInt(3);
        for (SimNode node : nodes()) {
            if (!onlyLeader || node == leader) {
                if (direction != 1) {
                    cut.add(target.network().link(client.host(), node.host()));
                }
                if (direction != 0) {
                    cut.add(target.network().link(node.host(), client.host()));
                }
            }
        }
        target.note(
                FaultKind.CLIENT_CUT,
                number,
                0,
                client.host() + " cut from " + (onlyLeader ? "the leader" : "all members") + ", direction "
                        + direction);
        flap(number, cut, 1, Nemesis.duration(random));
    }

    void reset(int number, RandomGenerator random) {
        int times = 1 + random.nextInt(5);
        target.note(FaultKind.RESET, number, 0, times + " connections reset");
        for (int i = 0; i < times; i++) {
            SimNode node = someNode(random);
            boolean client = random.nextBoolean();
            String other = client
                    ? target.clients()
                            .get(random.nextInt(target.clients().size()))
                            .host()
                    : anyNode(random).host();
            later(random.nextLong(2_000 * MILLI), "reset", () -> {
                var _ = target.network().reset(node.host(), other);
            });
        }
    }
}
