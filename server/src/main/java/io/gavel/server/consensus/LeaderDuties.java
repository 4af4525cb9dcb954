package io.gavel.server.consensus;

import io.gavel.raft.EntryId;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.entry.v1.ClockEntry;
import io.gavel.server.entry.v1.CompactHistory;
import io.gavel.server.entry.v1.ContinueExpiry;
import io.gavel.server.entry.v1.DigestVerdict;
import io.gavel.server.entry.v1.Renewal;
import io.gavel.server.entry.v1.ServerCommand;
import io.gavel.server.state.Checkpoint;
import io.gavel.server.state.Published;
import io.gavel.server.state.table.DigestValue;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a leader writes into the log of its own accord: time, the rest of an expiry, compaction of history and the
/// verdict on digests. Confined to the consensus agent.
///
/// Each kind waits until its last entry is applied before it writes another, so that a cluster that cannot commit
/// does not fill its log with them.
final class LeaderDuties {
    /// Which of the duties an entry belongs to.
    enum Duty {
        CLOCK,
        EXPIRY,
        COMPACTION,
        VERDICT
    }

    /// Proposes a server command with the reserved capacity (rule 36).
    @FunctionalInterface
    interface Proposer {
        void propose(Duty duty, ServerCommand command);
    }

    private static final long IN_FLIGHT = Long.MAX_VALUE;

    private final ReplicatedClock clock;
    private final StateView state;
    private final Proposer proposer;
    /// For each duty the index of its last entry; IN_FLIGHT until the core has said which; absent = none yet.
    private final Map<Duty, Long> busyUntil = new EnumMap<>(Duty.class);
    private final Map<NodeId, Checkpoint> reports = new TreeMap<>();
    private boolean leading;

    LeaderDuties(ReplicatedClock clock, StateView state, Proposer proposer) {
        this.clock = clock;
        this.state = state;
        this.proposer = proposer;
    }

    void onElected(long nowNanos) {
        leading = true;
        busyUntil.clear();
        reports.clear();
        clock.onElected(nowNanos);
    }

    void onDeposed() {
        leading = false;
        clock.onDeposed();
    }

    boolean offerRenewal(Renewal renewal) {
        return clock.offer(renewal);
    }

    /// Proposes what is due. Called first in a turn, before its clock reading is older than anything it carries.
    void onTurnStart(long nowNanos) {
        if (!leading) {
            return;
        }
        Published published = state.published();
        long applied = published.lastApplied().index();
        if (isFree(Duty.CLOCK, applied)) {
            ClockEntry entry = clock.next(nowNanos, published.anythingCanExpire());
            if (entry != null) {
                propose(Duty.CLOCK, ServerCommand.newBuilder().setClock(entry));
            }
        }
        if (published.moreToExpire() && isFree(Duty.EXPIRY, applied) && isFree(Duty.CLOCK, applied)) {
            propose(Duty.EXPIRY, ServerCommand.newBuilder().setContinueExpiry(ContinueExpiry.getDefaultInstance()));
        }
        if (published.compactTo() > 0 && isFree(Duty.COMPACTION, applied)) {
            propose(
                    Duty.COMPACTION,
                    ServerCommand.newBuilder()
                            .setCompactHistory(CompactHistory.newBuilder().setRevision(published.compactTo())));
        }
    }

    /// Weighs the digests that members reported; a majority of voters decides (rule 31).
    void onDigest(NodeId member, Checkpoint checkpoint, Configuration configuration) {
        if (!leading) {
            return;
        }
        Checkpoint before = reports.get(member);
        if (before != null && before.index() > checkpoint.index()) {
            return;
        }
        reports.put(member, checkpoint);
        boolean open = checkpoint.index() > state.agreedCheckpointIndex()
                && isFree(Duty.VERDICT, state.published().lastApplied().index());
        if (open && agree(configuration.voters(), checkpoint) && agreeOutgoing(configuration, checkpoint)) {
            propose(
                    Duty.VERDICT,
                    ServerCommand.newBuilder()
                            .setDigestVerdict(DigestVerdict.newBuilder()
                                    .setIndex(checkpoint.index())
                                    .setDigestVersion(checkpoint.digestVersion())
                                    .setDigest(checkpoint.digest().toBytes())));
        }
    }

    private boolean agreeOutgoing(Configuration configuration, Checkpoint checkpoint) {
        return !configuration.isJoint() || agree(configuration.outgoingVoters(), checkpoint);
    }

    private boolean agree(List<Member> voters, Checkpoint checkpoint) {
        int same = 0;
        for (Member voter : voters) {
            Checkpoint reported = reports.get(voter.id());
            if (reported != null && isSame(reported, checkpoint)) {
                same++;
            }
        }
        return same > voters.size() / 2;
    }

    private static boolean isSame(Checkpoint left, Checkpoint right) {
        DigestValue digest = left.digest();
        return left.index() == right.index()
                && left.digestVersion() == right.digestVersion()
                && digest.equals(right.digest());
    }

    void onAppended(Duty duty, EntryId id) {
        busyUntil.put(duty, id.index());
    }

    /// The core refused it; it is due again.
    void onRejected(Duty duty) {
        busyUntil.remove(duty);
    }

    long nextDeadlineNanos() {
        if (!leading) {
            return Long.MAX_VALUE;
        }
        Published published = state.published();
        return isFree(Duty.CLOCK, published.lastApplied().index())
                ? clock.nextDeadlineNanos(published.anythingCanExpire())
                : Long.MAX_VALUE;
    }

    private boolean isFree(Duty duty, long applied) {
        Long busy = busyUntil.get(duty);
        return busy == null || busy <= applied;
    }

    private void propose(Duty duty, ServerCommand.Builder command) {
        busyUntil.put(duty, IN_FLIGHT);
        proposer.propose(duty, command.build());
    }
}
