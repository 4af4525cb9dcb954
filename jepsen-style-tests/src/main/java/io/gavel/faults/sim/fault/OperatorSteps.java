package io.gavel.faults.sim.fault;

import io.gavel.faults.sim.FaultKind;
import io.gavel.faults.sim.check.Goal;
import io.gavel.faults.sim.node.NodeLife;
import io.gavel.faults.sim.node.SimNode;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.ConfigurationChange;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.node.NodeAssembly;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// What operators do, at any time, through any member: membership, transfers, snapshots (M1 to M3).
final class OperatorSteps {
    private static final long SECOND = 1_000_000_000L;
    private static final int MAX_VOTERS = 7;

    private final Target target;
    private final Laggards laggards;

    OperatorSteps(Target target) {
        this.target = target;
        this.laggards = new Laggards(target);
    }

    private SimNode someNode(RandomGenerator random) {
        List<SimNode> nodes = target.nodes();
        SimNode leader = target.leader();
        SimNode any = nodes.get(random.nextInt(nodes.size()));
        return random.nextBoolean() && leader != null ? leader : any;
    }

    private static @Nullable NodeAssembly running(SimNode node) {
        NodeLife life = node.life();
        return life == null ? null : life.assembly();
    }

    void change(int number, RandomGenerator random) {
        SimNode asked = someNode(random);
        NodeAssembly assembly = running(asked);
        ConfigurationChange change = draw(target.configuration(), random);
        if (assembly == null || change == null) {
            return;
        }
        target.note(FaultKind.MEMBERSHIP, number, 0, change.toString());
        var _ = assembly.gateway().changeMembership(change, asked.clock().nanoTime() + 10 * SECOND, error -> {
            target.healed(number, 0, error == null ? "done: " + change : "refused: " + error.getMessage());
            target.reached(error == null ? "membership changed" : "membership change refused");
        });
    }

    private @Nullable ConfigurationChange draw(Configuration configuration, RandomGenerator random) {
        List<Member> voters = configuration.voters();
        List<Member> learners = configuration.learners();
        int choice = random.nextInt(4);
        if (!learners.isEmpty() && choice < 3) {
            NodeId learner = learners.get(random.nextInt(learners.size())).id();
            if (choice == 0 && !voters.isEmpty()) {
                return new ConfigurationChange.Replace(outgoing(voters, random), learner);
            }
            return choice == 1 && voters.size() >= MAX_VOTERS
                    ? new ConfigurationChange.Remove(learner)
                    : new ConfigurationChange.Promote(learner);
        }
        if (voters.size() > 3 && choice == 3) {
            return new ConfigurationChange.Remove(outgoing(voters, random));
        }
        if (learners.isEmpty() && voters.size() < MAX_VOTERS + 1) {
            SimNode fresh = target.newMachine();
            if (fresh == null) {
                return null;
            }
            fresh.start();
            return new ConfigurationChange.AddLearner(memberOf(fresh));
        }
        return null;
    }

    private static Member memberOf(SimNode node) {
        var identity = node.setting().origin().identity();
        return new Member(
                identity.memberId(),
                identity.uuid(),
                node.setting().origin().config().self().peer().toString());
    }

    /// A broken or damaged member first, as an operator would.
    private NodeId outgoing(List<Member> voters, RandomGenerator random) {
        for (SimNode node : target.nodes()) {
            for (Member voter : voters) {
                if (voter.id().value() == node.id() && (node.isBroken() || target.isDamaged(node))) {
                    return voter.id();
                }
            }
        }
        return voters.get(random.nextInt(voters.size())).id();
    }

    void transfer(int number, RandomGenerator random) {
        SimNode asked = someNode(random);
        NodeAssembly assembly = running(asked);
        List<SimNode> nodes = target.nodes();
        NodeId to = random.nextInt(3) == 0
                ? null
                : new NodeId(nodes.get(random.nextInt(nodes.size())).id());
        if (assembly == null) {
            return;
        }
        if (to != null && nodes.get(to.value() - 1).isRunning() && target.isLagging(nodes.get(to.value() - 1))) {
            target.reached(Goal.TRANSFER_TO_LAGGING);
        }
        target.note(FaultKind.TRANSFER, number, 0, "leadership to " + (to == null ? "the best" : to));
        var _ = assembly.gateway()
                .transferLeadership(
                        to,
                        asked.clock().nanoTime() + 5 * SECOND,
                        error -> target.reached(error == null ? "leadership transferred" : "transfer refused"));
    }

    void snapshot(int number, RandomGenerator random) {
        if (random.nextBoolean() && laggards.begin(number, random)) {
            return;
        }
        SimNode asked = someNode(random);
        NodeAssembly assembly = running(asked);
        if (assembly != null) {
            target.note(FaultKind.SNAPSHOT, number, asked.id(), asked.host() + " takes a snapshot");
            var _ = assembly.apply().submit(() -> assembly.apply().takeSnapshot((_, _) -> {}));
        }
    }
}
