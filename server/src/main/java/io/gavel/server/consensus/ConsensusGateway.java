package io.gavel.server.consensus;

import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.raft.Payload;
import io.gavel.raft.quorum.ConfigurationChange;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.api.ClusterView;
import io.gavel.server.api.ConsensusPort;
import io.gavel.server.api.ReadDone;
import io.gavel.server.entry.v1.AnnounceMember;
import io.gavel.server.transport.PeerMessage.ControlRequest;
import io.gavel.server.transport.PeerTransport;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The API's way to consensus: requests go into the inbox, the view is put together from what the agents publish.
public final class ConsensusGateway implements ConsensusPort {
    private final NodeId self;
    private final ConsensusInbox inbox;
    private final ConsensusAgent consensus;
    private final ApplyAgent apply;
    private final PeerTransport transport;

    public ConsensusGateway(
            NodeId self, ConsensusInbox inbox, ConsensusAgent consensus, ApplyAgent apply, PeerTransport transport) {
        this.self = self;
        this.inbox = inbox;
        this.consensus = consensus;
        this.apply = apply;
        this.transport = transport;
    }

    @Override
    public boolean propose(byte[] envelope, long deadlineNanos, Consumer<CommandResult> done) {
        return inbox.request(new ClientRequest.Propose(Payload.wrap(envelope), deadlineNanos, done));
    }

    @Override
    public boolean readIndex(long deadlineNanos, ReadDone done) {
        return inbox.request(new ClientRequest.Read(deadlineNanos, done));
    }

    @Override
    public boolean renew(long sessionId, long proof, long deadlineNanos, Consumer<@Nullable Error> done) {
        return inbox.request(new ClientRequest.Renew(sessionId, proof, deadlineNanos, done));
    }

    @Override
    public boolean changeMembership(ConfigurationChange change, long deadlineNanos, Consumer<@Nullable Error> done) {
        return control(new ControlRequest.ChangeMembership(change), deadlineNanos, done);
    }

    @Override
    public boolean transferLeadership(@Nullable NodeId to, long deadlineNanos, Consumer<@Nullable Error> done) {
        return control(new ControlRequest.TransferLeadership(to), deadlineNanos, done);
    }

    private boolean control(ControlRequest request, long deadlineNanos, Consumer<@Nullable Error> done) {
        return inbox.request(new ClientRequest.Control(request, deadlineNanos, done));
    }

    @Override
    public ClusterView view() {
        LeaderView view = consensus.view();
        SortedMap<Integer, AnnounceMember> announced = apply.announced();
        List<ClusterView.MemberView> members = new ArrayList<>();
        for (Member member : view.configuration().members()) {
            NodeId id = member.id();
            members.add(new ClusterView.MemberView(
                    id,
                    member.uuid(),
                    clientEndpoint(announced, id),
                    member.peerAddress(),
                    view.configuration().isVoter(id),
                    id.equals(self) || transport.isReachable(id)));
        }
        NodeId leader = view.leader();
        return new ClusterView(
                view.role(),
                view.term(),
                leader,
                leader == null ? "" : clientEndpoint(announced, leader),
                view.commitIndex(),
                apply.published().lastApplied().index(),
                view.configuration(),
                members,
                view.condition());
    }

    @Override
    public ClusterView.KnownLeader leader() {
        NodeId leader = consensus.view().leader();
        return new ClusterView.KnownLeader(leader, leader == null ? "" : clientEndpoint(apply.announced(), leader));
    }

    /// Whether this member knows a leader; cheap.
    public boolean hasLeader() {
        return consensus.view().leader() != null;
    }

    private static String clientEndpoint(SortedMap<Integer, AnnounceMember> announced, NodeId member) {
        AnnounceMember announcement = announced.get(member.value());
        return announcement == null ? "" : announcement.getClientEndpoint();
    }
}
