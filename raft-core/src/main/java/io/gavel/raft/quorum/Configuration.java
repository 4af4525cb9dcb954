package io.gavel.raft.quorum;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Who takes part: voters, learners and, while a change is joint, the outgoing voters. Immutable, sorted by id.
///
/// Joint = `outgoingVoters` is not empty: decisions then need a majority of both sets (Raft paper §6).
/// The constructor sorts, and refuses an id that is listed twice in a set, a learner that is also a voter,
/// one id with two descriptions, outgoing voters without voters, and more than [#MAX_MEMBERS] members.
public record Configuration(List<Member> voters, List<Member> outgoingVoters, List<Member> learners) {
    /// The largest number of members, all sets together.
    public static final int MAX_MEMBERS = 31;

    /// The most bytes that the addresses of all members may have together, in UTF-8, for another to be added. A segment
    /// header of the journal has room for two joint configurations of that size.
    public static final int MAX_ADDRESS_BYTES = 1_800;

    /// Nobody: what a member knows that has joined and heard from no leader yet.
    public static final Configuration EMPTY = new Configuration(List.of(), List.of(), List.of());

    public Configuration {
        voters = sorted("voters", voters);
        outgoingVoters = sorted("outgoing voters", outgoingVoters);
        learners = sorted("learners", learners);
        for (Member outgoing : outgoingVoters) {
            Member same = find(voters, outgoing.id());
            refuseIf(same != null && !same.equals(outgoing), "member " + outgoing.id() + " is described twice");
        }
        for (Member learner : learners) {
            refuseIf(
                    find(voters, learner.id()) != null || find(outgoingVoters, learner.id()) != null,
                    "member " + learner.id() + " is both learner and voter");
        }
        refuseIf(voters.isEmpty() && !outgoingVoters.isEmpty(), "outgoing voters without voters");
        refuseIf(voters.isEmpty() && !learners.isEmpty(), "learners without voters");
        int size = union(voters, outgoingVoters).size() + learners.size();
        refuseIf(size > MAX_MEMBERS, "at most " + MAX_MEMBERS + " members, was " + size);
    }

    /// A configuration of voters only.
    public static Configuration of(List<Member> voters) {
        return new Configuration(voters, List.of(), List.of());
    }

    public boolean isJoint() {
        return !outgoingVoters.isEmpty();
    }

    /// Whether the member votes: as one of the voters or, while joint, of the outgoing voters.
    public boolean isVoter(NodeId id) {
        return find(voters, id) != null || find(outgoingVoters, id) != null;
    }

    public boolean isLearner(NodeId id) {
        return find(learners, id) != null;
    }

    public boolean contains(NodeId id) {
        return member(id) != null;
    }

    /// How this configuration describes the member; null when it does not list it.
    public @Nullable Member member(NodeId id) {
        Member voter = find(voters, id);
        if (voter != null) {
            return voter;
        }
        Member outgoing = find(outgoingVoters, id);
        return outgoing != null ? outgoing : find(learners, id);
    }

    /// Everybody who decides, each once, by id.
    public List<Member> allVoters() {
        return union(voters, outgoingVoters);
    }

    /// Everybody, each once, by id.
    public List<Member> members() {
        return union(allVoters(), learners);
    }

    /// The bytes of all members' addresses in UTF-8, each counted once.
    public int addressBytes() {
        int bytes = 0;
        for (Member member : members()) {
            bytes += member.peerAddress().getBytes(StandardCharsets.UTF_8).length;
        }
        return bytes;
    }

    private static @Nullable Member find(List<Member> set, NodeId id) {
        for (Member member : set) {
            if (member.id().equals(id)) {
                return member;
            }
        }
        return null;
    }

    private static List<Member> sorted(String name, List<Member> members) {
        List<Member> sorted = new ArrayList<>(members);
        sorted.sort(Comparator.comparing(Member::id));
        for (int i = 1; i < sorted.size(); i++) {
            NodeId id = sorted.get(i).id();
            refuseIf(sorted.get(i - 1).id().equals(id), "member " + id + " appears twice among the " + name);
        }
        return Collections.unmodifiableList(sorted);
    }

    private static List<Member> union(List<Member> left, List<Member> right) {
        if (right.isEmpty()) {
            return left;
        }
        List<Member> union = new ArrayList<>(left);
        for (Member member : right) {
            if (find(left, member.id()) == null) {
                union.add(member);
            }
        }
        union.sort(Comparator.comparing(Member::id));
        return Collections.unmodifiableList(union);
    }

    private static void refuseIf(boolean wrong, String reason) {
        if (wrong) {
            throw new IllegalArgumentException(reason);
        }
    }
}
