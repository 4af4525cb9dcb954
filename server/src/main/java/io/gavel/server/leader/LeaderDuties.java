package io.gavel.server.leader;

import io.gavel.raft.EntryId;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.entry.v1.AnnounceMember;
import io.gavel.server.entry.v1.ClockEntry;
import io.gavel.server.entry.v1.CompactHistory;
import io.gavel.server.entry.v1.ContinueExpiry;
import io.gavel.server.entry.v1.DigestVerdict;
import io.gavel.server.entry.v1.RaiseFeatureLevel;
import io.gavel.server.entry.v1.Renewal;
import io.gavel.server.entry.v1.ServerCommand;
import io.gavel.server.state.Checkpoint;
import io.gavel.server.state.Published;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// What a leader writes into the log of its own accord: time, the rest of an expiry, compaction of history,
/// the verdict on digests and the feature level; and what it refuses to write for clients. Confined to the
/// consensus agent.
///
/// Each kind waits until its last entry is applied before it writes another, so that a cluster that cannot
/// commit does not fill its log with them.
public final class LeaderDuties {
    /// Which of the duties an entry belongs to.
    public enum Duty {
        CLOCK,
        EXPIRY,
        COMPACTION,
        VERDICT,
        LEVEL
    }

    /// Proposes a server command with the reserved capacity (rule 36).
    @FunctionalInterface
    public interface Proposer {
        void propose(Duty duty, ServerCommand command);
    }

    private static final long IN_FLIGHT = Long.MAX_VALUE;

    private final NodeId self;
    private final ReplicatedClock clock;
    private final StateView state;
    private final Proposer proposer;
    /// For each duty the index of its last entry; IN_FLIGHT until the core has said which; absent = none yet.
    private final Map<Duty, Long> busyUntil = new EnumMap<>(Duty.class);
    private final DigestTally digests = new DigestTally();
    private final SpaceTally space = new SpaceTally();
    private boolean leading;
    private Configuration configuration = Configuration.EMPTY;
    private DigestTally.@Nullable Dispute dispute;
    private boolean digestsChanged;
    private long settledIndex;
    private SortedMap<Integer, AnnounceMember> weighedMembers = Collections.emptySortedMap();

    /// @param clockIntervalNanos between two clock entries
    public LeaderDuties(NodeId self, long clockIntervalNanos, StateView state, Proposer proposer) {
        this.self = self;
        this.clock = new ReplicatedClock(clockIntervalNanos);
        this.state = state;
        this.proposer = proposer;
    }

    /// This member leads from now on.
    public void onElected(long nowNanos) {
        leading = true;
        busyUntil.clear();
        digests.clear();
        space.clear();
        dispute = null;
        weighedMembers = Collections.emptySortedMap();
        clock.onElected(nowNanos);
    }

    /// Somebody else leads, or nobody.
    public void onDeposed() {
        leading = false;
        dispute = null;
        clock.onDeposed();
    }

    /// The newest configuration of the log. What a member that it does not list has said is forgotten: the number may
    /// come back as another member (rule 19).
    public void onConfiguration(Configuration newest) {
        for (Member member : configuration.members()) {
            if (!member.equals(newest.member(member.id()))) {
                digests.forget(member.id());
                space.forget(member.id());
            }
        }
        configuration = newest;
        digestsChanged = true;
        weighedMembers = Collections.emptySortedMap();
    }

    /// Takes a renewal for the next clock entry; false = too many wait already.
    public boolean offerRenewal(Renewal renewal) {
        return clock.offer(renewal);
    }

    /// Proposes what is due. Called first in a turn, before its clock reading is older than anything it
    /// carries.
    public void onTurnStart(long nowNanos) {
        if (!leading) {
            return;
        }
        Published published = state.published();
        long applied = published.lastApplied().index();
        weighDigests(applied);
        if (dispute != null) {
            return;
        }
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
        raiseLevel(published.featureLevel(), applied);
    }

    // ---- digests

    /// A member reports its digest at a checkpoint; a majority of voters decides which one is right (rule
    /// 31).
    public void onDigest(NodeId member, Checkpoint checkpoint) {
        if (leading && configuration.contains(member) && checkpoint.index() > state.agreedCheckpointIndex()) {
            digests.add(member, checkpoint);
            digestsChanged = true;
        }
    }

    /// Why nothing may be written: voters hold different states and none has a majority; null = all is well.
    ///
    /// The way out is an agreement: of the members that are still to report, or among those that an operator
    /// leaves in the configuration.
    public @Nullable String dispute() {
        DigestTally.Dispute open = dispute;
        return open == null ? null : open.toString();
    }

    private void weighDigests(long applied) {
        long agreedIndex = state.agreedCheckpointIndex();
        if (agreedIndex > settledIndex) {
            settledIndex = agreedIndex;
            digests.settle(agreedIndex);
            digestsChanged = true;
        }
        if (!digestsChanged || !isFree(Duty.VERDICT, applied)) {
            return;
        }
        digestsChanged = false;
        dispute = digests.dispute(configuration);
        Checkpoint agreed = digests.agreed(configuration);
        if (agreed != null) {
            propose(
                    Duty.VERDICT,
                    ServerCommand.newBuilder()
                            .setDigestVerdict(DigestVerdict.newBuilder()
                                    .setIndex(agreed.index())
                                    .setDigestVersion(agreed.digestVersion())
                                    .setDigest(agreed.digest().toBytes())));
        }
    }

    // ---- disk space

    /// A member says whether it has less free space than its reserve (rule 26).
    public void onSpace(NodeId member, boolean isShort) {
        if (configuration.contains(member)) {
            space.report(member, isShort);
        }
    }

    /// Whether commands that make the state grow are refused for now.
    public boolean refusesGrowth() {
        return leading && (!space.hasRoom(self) || space.isMajorityShort(configuration));
    }

    /// Whether another leader could let the state grow, because it is this member that lacks the room.
    public boolean shouldHandOver() {
        return refusesGrowth() && !space.isMajorityShort(configuration);
    }

    public boolean hasRoom(NodeId member) {
        return space.hasRoom(member);
    }

    // ---- feature level

    /// Raises the level to the highest that every member said it applies (rule 28).
    private void raiseLevel(int inForce, long applied) {
        SortedMap<Integer, AnnounceMember> announced = state.announced();
        if (announced.equals(weighedMembers) || !isFree(Duty.LEVEL, applied)) {
            return;
        }
        weighedMembers = announced;
        int common = Integer.MAX_VALUE;
        for (Member member : configuration.members()) {
            AnnounceMember said = announced.get(member.id().value());
            int most = said != null && said.getUuid().equals(member.uuid().toString()) ? said.getMaxFeatureLevel() : 0;
            common = Math.min(common, most);
        }
        if (common > inForce && common < Integer.MAX_VALUE) {
            propose(
                    Duty.LEVEL,
                    ServerCommand.newBuilder()
                            .setRaiseFeatureLevel(RaiseFeatureLevel.newBuilder().setLevel(common)));
        }
    }

    // ---- entries on their way

    /// The duty's entry stands in the log.
    public void onAppended(Duty duty, EntryId id) {
        busyUntil.put(duty, id.index());
    }

    /// The core refused it; it is due again.
    public void onRejected(Duty duty) {
        busyUntil.remove(duty);
        digestsChanged = true;
        weighedMembers = Collections.emptySortedMap();
    }

    /// When [#onTurnStart] has something to propose although nothing happens.
    public long nextDeadlineNanos() {
        if (!leading || dispute != null) {
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
