package io.gavel.faults.sim;

import io.gavel.faults.sim.node.NodeLife;
import io.gavel.faults.sim.node.SimNode;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.ConfigurationChange;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.node.NodeAssembly;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Whoever looks after the cluster of a [Stage]: asks for a change until it is so.
public final class Operator {
    private static final long MILLI = 1_000_000;
    private static final long ANSWER_NANOS = 5_000 * MILLI;
    private static final long PAUSE_NANOS = 100 * MILLI;

    private final Stage stage;

    Operator(Stage stage) {
        this.stage = stage;
    }

    private static @Nullable NodeAssembly running(SimNode node) {
        NodeLife life = node.life();
        return life == null ? null : life.assembly();
    }

    /// A new machine with an empty disk, not started.
    public SimNode newMachine() {
        return Objects.requireNonNull(stage.target().newMachine(), "no machine is left");
    }

    /// Adds a started machine and waits until it votes.
    public void add(SimNode node) {
        addLearner(node);
        change(new ConfigurationChange.Promote(idOf(node)), configuration -> votes(configuration, node));
    }

    /// Adds a started machine as a learner.
    public void addLearner(SimNode node) {
        change(
                learner(node),
                configuration -> votes(configuration, node)
                        || configuration.learners().stream()
                                .anyMatch(member -> member.id().equals(idOf(node))));
    }

    /// A started machine takes the place of a member.
    public void replace(SimNode gone, SimNode by) {
        addLearner(by);
        change(replacement(gone, by), configuration -> votes(configuration, by) && !isListed(configuration, gone));
    }

    public void remove(SimNode gone) {
        change(new ConfigurationChange.Remove(idOf(gone)), configuration -> !isListed(configuration, gone));
    }

    /// Asks whoever leads for the change until the configuration is as wanted and no change is under way.
    public void change(ConfigurationChange change, Predicate<Configuration> wanted) {
        Asked asked = new Asked();
        stage.await(change.toString(), () -> isSo(wanted) || ask(change, asked));
    }

    private boolean isSo(Predicate<Configuration> wanted) {
        Configuration configuration = stage.target().configuration();
        return !configuration.isJoint() && wanted.test(configuration);
    }

    /// A question that waits for its answer.
    private static final class Asked {
        private long untilNanos;
    }

    /// Asks the member once and does not wait.
    public void ask(SimNode asked, ConfigurationChange change) {
        NodeAssembly assembly = running(asked);
        if (assembly != null) {
            var _ = assembly.gateway().changeMembership(change, asked.clock().nanoTime() + ANSWER_NANOS, _ -> {});
        }
    }

    /// A started machine as a learner, to be asked for.
    public static ConfigurationChange learner(SimNode node) {
        return new ConfigurationChange.AddLearner(memberOf(node));
    }

    /// One in the place of the other, to be asked for.
    public static ConfigurationChange replacement(SimNode gone, SimNode by) {
        return new ConfigurationChange.Replace(idOf(gone), idOf(by));
    }

    /// Always false: what was asked for is seen in the configuration.
    private boolean ask(ConfigurationChange change, Asked asked) {
        SimNode leader = stage.target().leader();
        NodeAssembly assembly = leader == null ? null : running(leader);
        if (assembly != null && leader != null && stage.nowNanos() >= asked.untilNanos) {
            asked.untilNanos = stage.nowNanos() + ANSWER_NANOS;
            var _ = assembly.gateway()
                    .changeMembership(
                            change,
                            leader.clock().nanoTime() + ANSWER_NANOS,
                            _ -> asked.untilNanos = stage.nowNanos() + PAUSE_NANOS);
        }
        return false;
    }

    /// Moves leadership to the member and waits until it leads.
    public void transfer(SimNode to) {
        Asked asked = new Asked();
        stage.await(to.host() + " leads", () -> stage.target().leader() == to || askToLead(to, asked));
    }

    private boolean askToLead(SimNode to, Asked asked) {
        SimNode leader = stage.target().leader();
        NodeAssembly assembly = leader == null ? null : running(leader);
        if (assembly != null && leader != null && stage.nowNanos() >= asked.untilNanos) {
            asked.untilNanos = stage.nowNanos() + ANSWER_NANOS;
            var _ = assembly.gateway()
                    .transferLeadership(
                            idOf(to),
                            leader.clock().nanoTime() + ANSWER_NANOS,
                            _ -> asked.untilNanos = stage.nowNanos() + PAUSE_NANOS);
        }
        return false;
    }

    /// Lets the member take a snapshot and waits until that is durable or the member is gone.
    public void snapshot(SimNode node) {
        NodeAssembly assembly = running(node);
        boolean[] over = new boolean[1];
        if (assembly == null
                || !assembly.apply().submit(() -> assembly.apply().takeSnapshot((_, _) -> over[0] = true))) {
            return;
        }
        stage.await("a snapshot of " + node.host(), () -> over[0] || running(node) != assembly);
    }

    private static boolean votes(Configuration configuration, SimNode node) {
        return configuration.voters().stream().anyMatch(member -> member.id().equals(idOf(node)));
    }

    private static boolean isListed(Configuration configuration, SimNode node) {
        return configuration.members().stream().anyMatch(member -> member.id().equals(idOf(node)));
    }

    private static NodeId idOf(SimNode node) {
        return new NodeId(node.id());
    }

    private static Member memberOf(SimNode node) {
        var origin = node.setting().origin();
        return new Member(
                origin.identity().memberId(),
                origin.identity().uuid(),
                origin.config().self().peer().toString());
    }
}
