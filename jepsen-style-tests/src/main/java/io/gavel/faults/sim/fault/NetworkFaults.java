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

    /// So often all clients may lose all members.
    private static final long OUTAGE_EVERY_NANOS = 25_000 * MILLI;

    private final Target target;
    private final Partitions partitions;
    private long nextOutageNanos;

    NetworkFaults(Target target) {
        this.target = target;
        this.partitions = new Partitions(target);
    }

    void partition(int number, RandomGenerator random) {
        partitions.begin(number, someNode(random), random);
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
        target.later(Nemesis.duration(random), "undisturb", () -> {
            chosen.forEach(link -> link.disturb(0, 0));
            target.healed(number, 0, "no more " + kind);
        });
    }

    void delay(int number, RandomGenerator random) {
        if (random.nextInt(4) == 0) {
            delayClient(number, random);
            return;
        }
        SimNode node = someNode(random);
        boolean clogged = random.nextBoolean();
        long duration = Nemesis.duration(random);
        List<Link> links = target.linksOf(node, random.nextInt(3));
        if (clogged) {
            links.forEach(target.network()::block);
            target.note(FaultKind.DELAY, number, node.id(), "links of " + node.host() + " clogged");
        } else {
            long delay = (1 + random.nextLong(target.slowestNanos() / MILLI)) * MILLI;
            links.forEach(link -> link.delay(delay));
            target.note(
                    FaultKind.DELAY,
                    number,
                    node.id(),
                    "links of " + node.host() + " slower by " + delay / MILLI + " ms");
        }
        target.later(clogged ? Math.min(duration, 4_000 * MILLI) : duration, "undelay", () -> {
            if (clogged) {
                links.forEach(target.network()::unblock);
            } else {
                links.forEach(link -> link.delay(0));
            }
            target.healed(number, node.id(), "links of " + node.host() + " as before");
        });
    }

    private void delayClient(int number, RandomGenerator random) {
        SimClient client = target.clients().get(random.nextInt(target.clients().size()));
        long delay = (1 + random.nextLong(400)) * MILLI;
        List<Link> links = linksOf(client, nodes(), random.nextInt(3));
        links.forEach(link -> link.delay(delay));
        target.note(FaultKind.DELAY, number, 0, "links of " + client.host() + " slower by " + delay / MILLI + " ms");
        target.later(Nemesis.duration(random), "undelay", () -> {
            links.forEach(link -> link.delay(0));
            target.healed(number, 0, "links of " + client.host() + " as before");
        });
    }

    /// One client from the leader or from everybody; or all clients from everybody, so that their sessions end
    /// together; or one until just before its lease is over; or one that was told late that it still has one.
    void cutClient(int number, RandomGenerator random) {
        SimClient client = target.clients().get(random.nextInt(target.clients().size()));
        @Nullable SimNode leader = target.leader();
        int direction = random.nextInt(3);
        int choice = random.nextInt(6);
        if (choice == 0 && target.scheduler().nowNanos() < nextOutageNanos) {
            choice = 2;
        }
        switch (choice) {
            case 0 -> {
                nextOutageNanos = target.scheduler().nowNanos() + OUTAGE_EVERY_NANOS;
                List<Link> cut = new ArrayList<>();
                target.clients().forEach(each -> cut.addAll(linksOf(each, nodes(), 2)));
                target.note(FaultKind.CLIENT_CUT, number, 0, "all clients cut from all members");
                partitions.flap(number, cut, 1, (3_000 + random.nextLong(10_000)) * MILLI);
            }
            case 1 -> {
                long left = client.leaseEndNanos() - target.scheduler().nowNanos();
                target.note(FaultKind.CLIENT_CUT, number, 0, client.host() + " cut until its lease is nearly over");
                long each = Math.max(10 * MILLI, left - random.nextLong(800) * MILLI);
                partitions.flap(number, linksOf(client, nodes(), 2), 1, each);
            }
            case 4 -> lateThenLost(client, number, random);
            case 2, 3 -> {
                List<SimNode> from = leader == null ? nodes() : List.of(leader);
                target.note(
                        FaultKind.CLIENT_CUT,
                        number,
                        0,
                        client.host() + " cut from the leader, direction " + direction);
                partitions.flap(number, linksOf(client, from, direction), 1, Nemesis.duration(random));
            }
            default -> {
                target.note(
                        FaultKind.CLIENT_CUT,
                        number,
                        0,
                        client.host() + " cut from all members, direction " + direction);
                partitions.flap(number, linksOf(client, nodes(), direction), 1, Nemesis.duration(random));
            }
        }
    }

    /// Whatever a client is told comes late for a while, and then nothing does until its sessions have ended.
    private void lateThenLost(SimClient client, int number, RandomGenerator random) {
        List<Link> answers = linksOf(client, nodes(), 1);
        long late = (300 + random.nextLong(1_200)) * MILLI;
        target.note(FaultKind.CLIENT_CUT, number, 0, client.host() + " hears everything " + late / MILLI + " ms late");
        answers.forEach(link -> link.delay(late));
        target.later(late + client.ttlNanos() / 3 + random.nextLong(client.ttlNanos()), "lost", () -> {
            answers.forEach(link -> link.delay(0));
            target.healed(number, 0, client.host() + " hears nothing any more");
            partitions.flap(number, linksOf(client, nodes(), 2), 1, client.ttlNanos() + 2_000 * MILLI);
        });
    }

    /// `direction` 0 = from the client, 1 = to it, 2 = both.
    private List<Link> linksOf(SimClient client, List<SimNode> members, int direction) {
        List<Link> links = new ArrayList<>();
        for (SimNode node : members) {
            if (direction != 1) {
                links.add(target.network().link(client.host(), node.host()));
            }
            if (direction != 0) {
                links.add(target.network().link(node.host(), client.host()));
            }
        }
        return links;
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
            target.later(random.nextLong(2_000 * MILLI), "reset", () -> {
                var _ = target.network().reset(node.host(), other);
            });
        }
    }
}
