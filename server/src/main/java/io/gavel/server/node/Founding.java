package io.gavel.server.node;

import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.ConfigurationCodec;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.peer.v1.Candidacy;
import io.gavel.server.peer.v1.Formed;
import io.gavel.server.peer.v1.ProbeReply;
import io.gavel.server.peer.v1.Uuid;
import io.gavel.server.storage.ClusterId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// Decides from the answers of all listed members whether a node without an identity may found its cluster, belongs
/// to one that is being founded, or must not take part (rule 20). A pure function.
final class Founding {
    private Founding() {}

    /// What the node is to do.
    sealed interface Decision {
        /// Ask again: these members have not answered.
        record Wait(List<NodeId> missing) implements Decision {}

        /// Take part in this cluster from its first configuration on.
        record Found(ClusterId clusterId, long incarnation, Configuration configuration) implements Decision {}

        /// Take this identity and wait until an operator adds the member.
        record Join(ClusterId clusterId, long incarnation) implements Decision {}

        /// The cluster knows this member id as another life: it lost its disk.
        record Refuse(String reason) implements Decision {}
    }

    /// `answers` has one entry for each other listed member, null = no answer. `address` is this node's for peers.
    static Decision decide(
            NodeId self, String address, Charter candidacy, SortedMap<NodeId, @Nullable ProbeReply> answers) {
        List<NodeId> missing = new ArrayList<>();
        Formed formed = null;
        boolean initialised = false;
        for (Map.Entry<NodeId, @Nullable ProbeReply> answer : answers.entrySet()) {
            ProbeReply reply = answer.getValue();
            if (reply == null || reply.getStateCase() == ProbeReply.StateCase.STATE_NOT_SET) {
                missing.add(answer.getKey());
            } else if (reply.hasInitialised()) {
                formed = reply.getInitialised();
                initialised = true;
            } else if (reply.hasUninitialised() && !initialised) {
                formed = reply.getUninitialised();
            }
        }
        if (formed != null) {
            return belong(self, candidacy, formed);
        }
        return missing.isEmpty() ? found(self, address, candidacy, answers) : new Decision.Wait(missing);
    }

    private static Decision belong(NodeId self, Charter candidacy, Formed formed) {
        ClusterId cluster = clusterId(formed.getClusterId());
        Configuration first = configuration(formed.getConfiguration().toByteArray());
        Configuration current = configuration(formed.getCurrentConfiguration().toByteArray());
        Member listed = current.member(self);
        if (listed == null) {
            return new Decision.Join(cluster, formed.getIncarnation());
        }
        if (!listed.uuid().equals(candidacy.uuid())) {
            return new Decision.Refuse("member " + self + " belongs to cluster " + cluster + " with uuid "
                    + listed.uuid() + ", but this data directory is empty or another member's (uuid "
                    + candidacy.uuid() + "). An emptied disk must not come back under its old identity: on a member"
                    + " that runs, use `gavel member replace` to put a new member in its place");
        }
        Member founder = first.member(self);
        boolean isFounder = founder != null && founder.uuid().equals(candidacy.uuid());
        return isFounder
                ? new Decision.Found(cluster, formed.getIncarnation(), first)
                : new Decision.Join(cluster, formed.getIncarnation());
    }

    private static Decision found(
            NodeId self, String address, Charter candidacy, SortedMap<NodeId, @Nullable ProbeReply> answers) {
        List<Member> founders = new ArrayList<>();
        founders.add(new Member(self, candidacy.uuid(), address));
        NodeId lowest = self;
        ClusterId cluster = candidacy.clusterId();
        long incarnation = candidacy.incarnation();
        for (Map.Entry<NodeId, @Nullable ProbeReply> answer : answers.entrySet()) {
            ProbeReply reply = answer.getValue();
            if (reply == null) {
                return new Decision.Wait(List.of(answer.getKey()));
            }
            Candidacy other = reply.getNone();
            MemberUuid uuid =
                    new MemberUuid(other.getUuid().getHigh(), other.getUuid().getLow());
            founders.add(new Member(answer.getKey(), uuid, other.getPeerAddress()));
            if (answer.getKey().compareTo(lowest) < 0) {
                lowest = answer.getKey();
                cluster = clusterId(other.getClusterId());
                incarnation = other.getIncarnation();
            }
        }
        return new Decision.Found(cluster, incarnation, Configuration.of(founders));
    }

    private static ClusterId clusterId(Uuid uuid) {
        return new ClusterId(uuid.getHigh(), uuid.getLow());
    }

    private static Configuration configuration(byte[] bytes) {
        return bytes.length == 0 ? Configuration.EMPTY : ConfigurationCodec.decode(bytes);
    }
}
