package io.gavel.raft.sim;

import io.gavel.raft.Effect;
import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.EntryKind;
import io.gavel.raft.Message;
import io.gavel.raft.RaftStatus;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.NodeId;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What an observer who sees every disk and every message knows; throws [SimulationFailure] at the first violation.
///
/// Checks, after every event: election safety, one vote a term across restarts, leader append-only, log matching,
/// leader completeness, state-machine safety, the commit rule (recomputed from what is *durable*), commit stability,
/// one configuration change at a time, persist before answer, and reads never older than what was observed before
/// they began.
final class RaftLedger {
    private final TreeMap<Long, NodeId> leaderOfTerm = new TreeMap<>();
    private final TreeMap<Long, TreeMap<NodeId, NodeId>> votes = new TreeMap<>();
    private final TreeMap<EntryId, Long> chain = new TreeMap<>();
    private final TreeMap<Long, Entry> committed = new TreeMap<>();

    /// In which term each index was committed: only leaders of later terms must have the entry (§5.4.3).
    private final TreeMap<Long, Long> termOfCommit = new TreeMap<>();

    private long observedIndex;
    private int leaderChanges;

    RaftLedger() {
        chain.put(EntryId.ZERO, 0L);
    }

    int leaderChanges() {
        return leaderChanges;
    }

    long committedIndex() {
        return committed.isEmpty() ? 0 : committed.lastKey();
    }

    /// The highest index whose effect some client has seen; every later read must include it.
    long observedIndex() {
        return observedIndex;
    }

    void observed(long index) {
        observedIndex = Math.max(observedIndex, index);
    }

    void onLeader(NodeId node, long term, SimLog written) {
        NodeId other = leaderOfTerm.putIfAbsent(term, node);
        check(
                other == null || other.equals(node),
                "election safety: term " + term + " led by " + other + " and " + node);
        if (other == null) {
            leaderChanges++;
        }
        for (Entry entry : committed.tailMap(written.base().index(), false).values()) {
            check(
                    termOfCommit.getOrDefault(entry.index(), Long.MAX_VALUE) >= term || written.holds(entry.id()),
                    "leader completeness: " + node + " leads term " + term + " without committed " + entry.id());
        }
    }

    void onWrite(NodeId node, boolean leads, long commitIndex, Effect.Persist persist, SimLog before) {
        if (leads) {
            checkOneChangeAtATime(node, commitIndex, persist, before);
            check(
                    persist.truncateFrom() == 0
                            && (persist.entries().isEmpty()
                                    || persist.entries().getFirst().index()
                                            == before.last().index() + 1),
                    "leader append-only: " + node + " rewrites its log in its own term");
        }
        if (persist.truncateFrom() > 0) {
            checkNotCommitted(node, persist.truncateFrom(), before);
        }
        EntryId previous = persist.entries().isEmpty() ? EntryId.ZERO : previousOf(persist, before);
        for (Entry entry : persist.entries()) {
            Long previousHash = chain.get(previous);
            check(previousHash != null, "log matching: " + node + " writes after unknown " + previous);
            long hash = hash(previousHash == null ? 0 : previousHash, entry);
            Long known = chain.putIfAbsent(entry.id(), hash);
            check(known == null || known == hash, "log matching: two histories end in " + entry.id() + " on " + node);
            previous = entry.id();
        }
    }

    /// A leader starts a change of configuration only when the one before it is committed (I11).
    private static void checkOneChangeAtATime(NodeId node, long commitIndex, Effect.Persist persist, SimLog before) {
        long newest = before.newestConfigurationIndex();
        for (Entry entry : persist.entries()) {
            if (entry.kind() == EntryKind.CONFIGURATION) {
                check(
                        newest <= commitIndex,
                        "one change at a time: " + node + " appends configuration " + entry.id() + " while " + newest
                                + " is not committed");
                newest = entry.index();
            }
        }
    }

    private void checkNotCommitted(NodeId node, long from, SimLog before) {
        for (Entry entry : committed.tailMap(from, true).values()) {
            Entry own = before.at(entry.index());
            check(
                    own == null || own.term() != entry.term(),
                    "commit stability: " + node + " truncates committed " + entry.id());
        }
    }

    private static EntryId previousOf(Effect.Persist persist, SimLog before) {
        long index = persist.entries().getFirst().index() - 1;
        if (index == before.base().index()) {
            return before.base();
        }
        Entry previous = before.at(index);
        return previous == null ? new EntryId(Long.MAX_VALUE, index) : previous.id();
    }

    private static long hash(long previous, Entry entry) {
        long hash =
                (previous ^ entry.term()) * 0x9E3779B97F4A7C15L + entry.kind().code();
        for (byte b : entry.payload().bytes()) {
            hash = (hash ^ b) * 0x100000001b3L;
        }
        return hash ^ (hash >>> 31);
    }

    /// Nothing leaves a member before the state it vouches for is durable there (I9), and votes never contradict (I2).
    /// `snapshot` is where the newest durable snapshot ends: what it includes survives as well as the log does.
    void onSend(NodeId from, Effect.Send send, SimLog durable, EntryId snapshot) {
        Message message = send.message();
        switch (message) {
            case Message.RequestVote m -> {
                checkVoteDurable(from, from, m.term(), durable);
                vote(from, from, m.term());
            }
            case Message.VoteReply m -> {
                if (m.granted()) {
                    checkVoteDurable(from, send.to(), m.term(), durable);
                    vote(from, send.to(), m.term());
                }
            }
            case Message.AppendEntriesReply m -> {
                checkTermDurable(from, m.term(), durable);
                check(
                        !m.success() || isDurable(m.entry(), durable, snapshot),
                        "persist before answer: " + from + " acknowledges " + m.entry() + " before it is durable");
            }
            case Message.InstallSnapshotReply m ->
                check(
                        !m.success() || isDurable(m.lastIncluded(), durable, snapshot),
                        "persist before answer: " + from + " acknowledges snapshot " + m.lastIncluded());
            case Message.PreVote m -> {}
            case Message.PreVoteReply m -> {}
            case Message.AppendEntries m -> {}
            case Message.Heartbeat m -> {}
            case Message.ReadRoundEcho m -> {}
            case Message.InstallSnapshot m -> {}
            case Message.TimeoutNow m -> {}
            case Message.ReadIndexRequest m -> {}
            case Message.ReadIndexReply m -> {}
        }
    }

    private static boolean isDurable(EntryId id, SimLog durable, EntryId snapshot) {
        return durable.holds(id) || id.index() <= snapshot.index();
    }

    private static void checkTermDurable(NodeId from, long term, SimLog durable) {
        check(
                durable.hardState().currentTerm() >= term,
                "persist before answer: " + from + " answers in term " + term + " before it is durable");
    }

    private static void checkVoteDurable(NodeId from, NodeId candidate, long term, SimLog durable) {
        checkTermDurable(from, term, durable);
        check(
                durable.hardState().currentTerm() > term
                        || candidate.equals(durable.hardState().votedFor()),
                "persist before answer: vote of " + from + " for " + candidate + " in term " + term
                        + " is not durable");
    }

    private void vote(NodeId voter, NodeId candidate, long term) {
        NodeId other = votes.computeIfAbsent(term, t -> new TreeMap<>()).putIfAbsent(voter, candidate);
        check(
                other == null || other.equals(candidate),
                "one vote a term: " + voter + " voted for " + other + " and " + candidate + " in term " + term);
    }

    /// The commit rule, recomputed from the disks: a leader commits only entries of its own term that a majority of
    /// each active configuration holds durably.
    ///
    /// `before` is the configuration as the turn began: a turn may commit under it and then append the next one.
    void onCommit(RaftStatus status, Configuration before, SimLog written, Function<NodeId, @Nullable SimLog> disks) {
        long index = status.commitIndex();
        Entry entry = written.at(index);
        if (entry == null) {
            return;
        }
        if (status.role() == RaftStatus.RoleName.LEADER) {
            check(
                    entry.term() == status.hardState().currentTerm(),
                    "commit rule: " + status.self() + " commits " + entry.id() + " of an earlier term directly");
            check(
                    isHeldByMajority(before, entry, disks) || isHeldByMajority(status.configuration(), entry, disks),
                    "commit rule: " + status.self() + " commits " + entry.id() + " that no majority holds");
        }
        recordCommitted(written, index, status.hardState().currentTerm());
    }

    private static boolean isHeldByMajority(
            Configuration configuration, Entry entry, Function<NodeId, @Nullable SimLog> disks) {
        return isHeldByMajority(configuration.voters(), entry, disks)
                && (!configuration.isJoint() || isHeldByMajority(configuration.outgoingVoters(), entry, disks));
    }

    private static boolean isHeldByMajority(
            List<Member> voters, Entry entry, Function<NodeId, @Nullable SimLog> disks) {
        int holding = 0;
        for (Member voter : voters) {
            SimLog disk = disks.apply(voter.id());
            if (disk != null && (disk.holds(entry.id()) || disk.repairUntil() >= entry.index())) {
                holding++;
            }
        }
        return holding > voters.size() / 2;
    }

    private void recordCommitted(SimLog written, long index, long term) {
        for (long i = index; i > written.base().index(); i--) {
            Entry entry = written.at(i);
            if (entry == null) {
                return;
            }
            termOfCommit.putIfAbsent(i, term);
            Entry known = committed.putIfAbsent(i, entry);
            check(
                    known == null || known.equals(entry),
                    "state-machine safety: " + entry.id() + " and " + (known == null ? "" : known.id()) + " committed");
            if (known != null) {
                return;
            }
        }
    }

    void onApply(NodeId node, long lastApplied, Entry entry, SimLog durable) {
        check(
                entry.index() == lastApplied + 1,
                "state-machine safety: " + node + " applies " + entry.id() + " after index " + lastApplied);
        check(durable.holds(entry.id()), "apply before durable: " + node + " applies " + entry.id());
        Entry known = committed.putIfAbsent(entry.index(), entry);
        check(
                known == null || known.equals(entry),
                "state-machine safety: " + node + " applies " + entry.id() + " where "
                        + (known == null ? "" : known.id()) + " was committed");
    }

    void onRead(NodeId node, long readIndex, long observedAtStart) {
        check(
                readIndex >= observedAtStart,
                "stale read: " + node + " reads at " + readIndex + " though " + observedAtStart
                        + " was seen before it asked");
    }

    static void check(boolean holds, String violation) {
        if (!holds) {
            throw new SimulationFailure(violation);
        }
    }
}
