package io.gavel.raft.quorum;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A step that an operator can ask for; applied through joint consensus where it changes voters (Raft paper §6).
public sealed interface ConfigurationChange {
    /// Adds a member that receives the log and takes part in no decision (thesis §4.2.1).
    record AddLearner(Member member) implements ConfigurationChange {}

    /// Makes a learner a voter.
    record Promote(NodeId learner) implements ConfigurationChange {}

    /// Removes a voter or a learner.
    record Remove(NodeId member) implements ConfigurationChange {}

    /// Swaps a voter for a caught-up learner in one joint step.
    record Replace(NodeId outgoing, NodeId learner) implements ConfigurationChange {}

    /// Why this step cannot be taken from `current`; null when it can. Whether a learner has caught up is
    /// the leader's to know.
    default @Nullable String refusal(Configuration current) {
        if (current.isJoint()) {
            return "a change is still joint";
        }
        return switch (this) {
            case AddLearner add -> refusalToAdd(current, add.member());
            case Promote promote -> refusalOfLearner(current, promote.learner());
            case Remove remove -> refusalToRemove(current, remove.member());
            case Replace replace ->
                current.isVoter(replace.outgoing())
                        ? refusalOfLearner(current, replace.learner())
                        : "member " + replace.outgoing() + " is not a voter";
        };
    }

    /// The learner that must have caught up before this step; null when there is none.
    default @Nullable NodeId promoted() {
        return switch (this) {
            case AddLearner _, Remove _ -> null;
            case Promote promote -> promote.learner();
            case Replace replace -> replace.learner();
        };
    }

    /// The configuration to append for this step: joint if voters change, final if only learners do.
    ///
    /// @throws IllegalArgumentException when there is a [#refusal]
    default Configuration enter(Configuration current) {
        String refusal = refusal(current);
        if (refusal != null) {
            throw new IllegalArgumentException(refusal);
        }
        List<Member> voters = new ArrayList<>(current.voters());
        List<Member> learners = new ArrayList<>(current.learners());
        switch (this) {
            case AddLearner add -> learners.add(add.member());
            case Promote promote -> move(promote.learner(), learners, voters);
            case Remove remove -> {
                voters.removeIf(member -> member.id().equals(remove.member()));
                learners.removeIf(member -> member.id().equals(remove.member()));
            }
            case Replace replace -> {
                move(replace.learner(), learners, voters);
                voters.removeIf(member -> member.id().equals(replace.outgoing()));
            }
        }
        Configuration target = Configuration.of(voters);
        return target.voters().equals(current.voters())
                ? new Configuration(voters, List.of(), learners)
                : new Configuration(voters, current.voters(), learners);
    }

    /// The configuration that completes a joint one.
    static Configuration leave(Configuration joint) {
        return new Configuration(joint.voters(), List.of(), joint.learners());
    }

    private static void move(NodeId id, List<Member> from, List<Member> to) {
        for (Member member : from) {
            if (member.id().equals(id)) {
                to.add(member);
            }
        }
        from.removeIf(member -> member.id().equals(id));
    }

    private static @Nullable String refusalToAdd(Configuration current, Member added) {
        if (current.contains(added.id())) {
            return "member " + added.id() + " is already listed";
        }
        if (current.members().size() >= Configuration.MAX_MEMBERS) {
            return "at most " + Configuration.MAX_MEMBERS + " members";
        }
        int bytes = current.addressBytes() + Configuration.of(List.of(added)).addressBytes();
        return bytes <= Configuration.MAX_ADDRESS_BYTES
                ? null
                : "the addresses of all members may have " + Configuration.MAX_ADDRESS_BYTES + " bytes, not " + bytes;
    }

    private static @Nullable String refusalOfLearner(Configuration current, NodeId id) {
        return current.isLearner(id) ? null : "member " + id + " is not a learner";
    }

    private static @Nullable String refusalToRemove(Configuration current, NodeId id) {
        if (!current.contains(id)) {
            return "member " + id + " is not listed";
        }
        boolean lastVoter = current.isVoter(id) && current.voters().size() == 1;
        return lastVoter ? "member " + id + " is the last voter" : null;
    }
}
