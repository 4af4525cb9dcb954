package io.gavel.server.api;

import io.gavel.protocol.v1.AddLearner;
import io.gavel.protocol.v1.ChangeMembershipRequest;
import io.gavel.protocol.v1.Error;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.ConfigurationChange;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.api.ClusterView.MemberView;
import io.gavel.server.entry.Refusals;
import io.gavel.server.entry.RequestLimits;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Which membership steps are safe as this member sees the cluster. Consensus checks again what only the leader knows:
/// that no other change is under way and that a learner has caught up.
public final class MembershipRules {
    private MembershipRules() {}

    /// What the request asks for, or why it is malformed or unsafe; one of the two is null.
    public record Verdict(
            @Nullable ConfigurationChange change, @Nullable Error refusal) {
        private static Verdict refused(Error error) {
            return new Verdict(null, error);
        }

        private static Verdict unsafe(String reason) {
            return refused(ApiErrors.unsafe(reason));
        }
    }

    /// Judges a requested change.
    public static Verdict judge(ChangeMembershipRequest request, ClusterView view) {
        if (!view.configuration().outgoingVoters().isEmpty()) {
            return Verdict.unsafe("another membership change is under way");
        }
        return switch (request.getKindCase()) {
            case ADD_LEARNER -> addLearner(request.getAddLearner(), view);
            case PROMOTE -> promote(request.getPromote(), view);
            case REMOVE -> remove(request.getRemove(), view);
            case REPLACE ->
                replace(request.getReplace().getOutgoing(), request.getReplace().getLearner(), view);
            case KIND_NOT_SET ->
                Verdict.refused(Refusals.invalid(
                        "kind", "one of add_learner, promote, remove, replace", "", "no step is named"));
        };
    }

    private static Verdict addLearner(AddLearner add, ClusterView view) {
        NodeId id = idOrNull(add.getMemberId());
        if (id == null) {
            return badId("add_learner.member_id", add.getMemberId());
        }
        MemberUuid uuid = uuidOrNull(add.getUuid());
        if (uuid == null) {
            return Verdict.refused(Refusals.invalid(
                    "add_learner.uuid",
                    "32 hexadecimal digits",
                    add.getUuid(),
                    "add_learner.uuid is not a member's uuid"));
        }
        String address = add.getPeerEndpoint();
        int colon = address.lastIndexOf(':');
        if (colon < 1 || colon == address.length() - 1 || address.length() > RequestLimits.NAME_BYTES) {
            return Verdict.refused(Refusals.invalid(
                    "add_learner.peer_endpoint", "HOST:PORT", address, "add_learner.peer_endpoint is not HOST:PORT"));
        }
        for (Member member : all(view.configuration())) {
            if (member.id().equals(id)
                    || member.uuid().equals(uuid)
                    || member.peerAddress().equals(address)) {
                return Verdict.unsafe("member " + member.id() + " (" + member.peerAddress()
                        + ") already has this id, uuid or peer endpoint");
            }
        }
        ConfigurationChange change = new ConfigurationChange.AddLearner(new Member(id, uuid, address));
        String refusal = change.refusal(view.configuration());
        return refusal != null ? Verdict.unsafe(refusal) : new Verdict(change, null);
    }

    private static Verdict promote(int learner, ClusterView view) {
        NodeId id = idOrNull(learner);
        if (id == null) {
            return badId("promote", learner);
        }
        Error refusal = checkLearner(id, view);
        return refusal != null ? Verdict.refused(refusal) : new Verdict(new ConfigurationChange.Promote(id), null);
    }

    private static Verdict remove(int member, ClusterView view) {
        NodeId id = idOrNull(member);
        if (id == null) {
            return badId("remove", member);
        }
        if (!has(all(view.configuration()), id)) {
            return Verdict.refused(Refusals.notFound("member", id.toString()));
        }
        List<Member> voters = view.configuration().voters();
        if (has(voters, id)) {
            if (voters.size() == 1) {
                return Verdict.unsafe("member " + id + " is the last voter");
            }
            Error refusal = checkQuorum(
                    voters.stream()
                            .map(Member::id)
                            .filter(voter -> !voter.equals(id))
                            .toList(),
                    view);
            if (refusal != null) {
                return Verdict.refused(refusal);
            }
        }
        return new Verdict(new ConfigurationChange.Remove(id), null);
    }

    private static Verdict replace(int outgoing, int learner, ClusterView view) {
        NodeId out = idOrNull(outgoing);
        NodeId in = idOrNull(learner);
        if (out == null || in == null) {
            return out == null ? badId("replace.outgoing", outgoing) : badId("replace.learner", learner);
        }
        if (!has(view.configuration().voters(), out)) {
            return Verdict.refused(Refusals.notFound("voter", out.toString()));
        }
        Error refusal = checkLearner(in, view);
        if (refusal == null) {
            refusal = checkQuorum(
                    Stream.concat(view.configuration().voters().stream().map(Member::id), Stream.of(in))
                            .filter(voter -> !voter.equals(out))
                            .toList(),
                    view);
        }
        return refusal != null ? Verdict.refused(refusal) : new Verdict(new ConfigurationChange.Replace(out, in), null);
    }

    private static @Nullable Error checkLearner(NodeId id, ClusterView view) {
        if (!has(view.configuration().learners(), id)) {
            return has(view.configuration().voters(), id)
                    ? ApiErrors.unsafe("member " + id + " is a voter already")
                    : Refusals.notFound("learner", id.toString());
        }
        return reachable(view).contains(id) ? null : ApiErrors.unsafe("learner " + id + " cannot be reached");
    }

    private static @Nullable Error checkQuorum(List<NodeId> voters, ClusterView view) {
        Set<NodeId> reachable = reachable(view);
        long alive = voters.stream().filter(reachable::contains).count();
        int majority = voters.size() / 2 + 1;
        return alive >= majority
                ? null
                : ApiErrors.unsafe("only " + alive + " of the " + voters.size()
                        + " voters that would remain can be reached, and " + majority + " are needed");
    }

    private static Set<NodeId> reachable(ClusterView view) {
        Set<NodeId> reachable = new HashSet<>();
        view.members().stream().filter(MemberView::reachable).forEach(member -> reachable.add(member.id()));
        return reachable;
    }

    private static List<Member> all(Configuration configuration) {
        return Stream.concat(configuration.voters().stream(), configuration.learners().stream())
                .toList();
    }

    private static boolean has(List<Member> members, NodeId id) {
        return members.stream().anyMatch(member -> member.id().equals(id));
    }

    private static @Nullable NodeId idOrNull(int id) {
        return id < 1 || id > 65_535 ? null : new NodeId(id);
    }

    private static Verdict badId(String field, int id) {
        return Verdict.refused(Refusals.invalid(
                field, "1 to 65535", Integer.toUnsignedString(id), field + " is not a member's number"));
    }

    private static @Nullable MemberUuid uuidOrNull(String text) {
        if (text.length() != 32 || !text.chars().allMatch(c -> Character.digit(c, 16) >= 0 && c < 128)) {
            return null;
        }
        return new MemberUuid(
                Long.parseUnsignedLong(text.substring(0, 16), 16), Long.parseUnsignedLong(text.substring(16), 16));
    }
}
