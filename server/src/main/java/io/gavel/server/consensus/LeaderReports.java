package io.gavel.server.consensus;

import io.gavel.raft.quorum.NodeId;
import io.gavel.server.leader.LeaderDuties;
import io.gavel.server.leader.StateView;
import io.gavel.server.state.Checkpoint;
import io.gavel.server.transport.PeerMessage;
import io.gavel.server.transport.PeerTransport;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Tells the leader what it must know of this member: its digests at checkpoints (rule 31) and whether its
/// disk has room (rule 26). Confined to the consensus agent.
///
/// A report may be lost with its connection. So what the log has not settled is told again, to every new
/// leader at once and to the same one now and then.
final class LeaderReports {
    static final long REPEAT_NANOS = 2_000_000_000L;

    private final NodeId self;
    private final StateView state;
    private final PeerTransport transport;
    private final LeaderDuties duties;
    private @Nullable NodeId toldTo;
    private long toldTerm;
    private long toldCheckpoint;
    private boolean toldShort;
    private long repeatAtNanos;

    LeaderReports(NodeId self, StateView state, PeerTransport transport, LeaderDuties duties) {
        this.self = self;
        this.state = state;
        this.transport = transport;
        this.duties = duties;
    }

    /// Tells what is news; once a turn.
    void report(LeaderView view, boolean isShort, long nowNanos) {
        NodeId leader = view.leader();
        if (leader == null) {
            toldTo = null;
            return;
        }
        boolean again = !leader.equals(toldTo) || view.term() != toldTerm || nowNanos >= repeatAtNanos;
        if (again) {
            toldTo = leader;
            toldTerm = view.term();
            toldCheckpoint = 0;
            repeatAtNanos = nowNanos + REPEAT_NANOS;
        }
        if (again || isShort != toldShort) {
            tell(view, new PeerMessage.SpaceReport(isShort));
            toldShort = isShort;
        }
        List<Checkpoint> checkpoints = state.checkpoints();
        if (!checkpoints.isEmpty() && checkpoints.getLast().index() > toldCheckpoint) {
            reportCheckpoints(view, checkpoints);
        }
    }

    private void reportCheckpoints(LeaderView view, List<Checkpoint> checkpoints) {
        long settled = Math.max(toldCheckpoint, state.agreedCheckpointIndex());
        for (Checkpoint checkpoint : checkpoints) {
            if (checkpoint.index() > settled) {
                tell(view, new PeerMessage.DigestReport(checkpoint));
            }
        }
        toldCheckpoint = checkpoints.getLast().index();
    }

    private void tell(LeaderView view, PeerMessage report) {
        NodeId leader = view.leader();
        if (leader != null && !view.isLeader()) {
            transport.send(leader, report);
        } else if (report instanceof PeerMessage.DigestReport digest) {
            duties.onDigest(self, digest.checkpoint());
        } else if (report instanceof PeerMessage.SpaceReport space) {
            duties.onSpace(self, space.isShort());
        }
    }
}
