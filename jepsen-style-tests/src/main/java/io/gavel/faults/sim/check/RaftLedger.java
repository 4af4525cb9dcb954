package io.gavel.faults.sim.check;

import static io.gavel.faults.sim.check.ViolationException.check;

import io.gavel.raft.Effect;
import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.EntryKind;
import io.gavel.raft.HardState;
import io.gavel.raft.Message;
import io.gavel.raft.RaftStatus;
import io.gavel.raft.Recovered;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.NodeId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The rules of Raft, I1 to I9 and I11, judged over the production nodes of a run by one who sees every disk.
public final class RaftLedger {
    private final SortedMap<Integer, NodeView> nodes = new TreeMap<>();
    private final DurableCopies copies = new DurableCopies(nodes);
    private final TreeMap<Long, Integer> leaderOfTerm = new TreeMap<>();
    private final TreeMap<Long, TreeMap<Integer, Integer>> votes = new TreeMap<>();
    private final Map<EntryId, Long> chain = new HashMap<>();
    private final Map<EntryId, Entry> known = new HashMap<>();
    private final TreeMap<Long, Entry> committed = new TreeMap<>();
    private final TreeMap<Long, Long> termOfCommit = new TreeMap<>();
    private final SnapshotRule snapshots = new SnapshotRule();
    private final Reached reached;
    private int leaderChanges;
    private long highestTerm;

    public RaftLedger(Reached reached) {
        this.reached = reached;
        chain.put(EntryId.ZERO, 0L);
    }

    /// What was written under this id; null = nobody ever wrote it.
    @Nullable
    Entry entry(EntryId id) {
        return known.get(id);
    }

    NodeView view(int node) {
        return nodes.computeIfAbsent(node, NodeView::new);
    }

    public int leaderChanges() {
        return leaderChanges;
    }

    public long committedIndex() {
        return committed.isEmpty() ? 0 : committed.lastKey();
    }

    /// The highest term that any member ever was in.
    public long highestTerm() {
        return highestTerm;
    }

    /// Whether one member's log ends before the other's.
    public boolean isBehind(int node, int other) {
        return view(node).durable.last().index() < view(other).written.last().index();
    }

    /// The member's disk was damaged on purpose: it may have lost what it once had.
    public void onDamage(int node) {
        view(node).damaged = true;
    }

    /// Whether something was done to what the member's disk holds.
    public boolean isDamaged(int node) {
        return view(node).damaged;
    }

    /// The member will start on an older copy of its disk: it cannot know what it forgot.
    public void onRolledBack(int node) {
        view(node).rolledBack = true;
    }

    /// A process recovered: what it found must be what was durable, plus perhaps what was on its way.
    public void onStart(int node, Recovered recovered) {
        NodeView view = view(node);
        EntryId base = recovered.snapshot().lastIncluded();
        List<Entry> found = RecoveredLog.entries(node, recovered, known);
        if (!view.rolledBack) {
            RecoveryRule.check(view, recovered, found);
        }
        snapshots.check(node, recovered.snapshot());
        view.rolledBack = false;
        view.written.restore(recovered.hardState(), base, found, recovered.repairUntil());
        view.durable.set(view.written);
        view.pending.clear();
        view.durableSnapshot = base;
        view.applied = base.index();
        view.commitIndex = 0;
        view.leads = false;
        view.term = recovered.hardState().currentTerm();
        view.refetches = recovered.repairUntil() > 0
                && recovered.lastEntry().index() < Math.min(committedIndex(), recovered.repairUntil());
        if (recovered.repairUntil() > 0) {
            reached.count("member recovers in repair");
        }
    }

    /// What a recovery would find if the member lost power now must be what is durable there.
    public void onCopyRecovered(int node, Recovered recovered) {
        RecoveryRule.check(view(node), recovered, RecoveredLog.entries(node, recovered, known));
    }

    // ---- the lane to the journal

    /// Whether this promises something that the member has not promised before.
    public boolean isPromise(int node, HardState state) {
        return !state.equals(view(node).written.hardState());
    }

    /// The core asks for this to be written; `commitIndex` is the core's at this moment.
    public void onJournal(int node, Effect.ForJournal effect, LongSupplier commitIndex) {
        NodeView view = view(node);
        if (effect instanceof Effect.Persist persist) {
            onWrite(view, persist, commitIndex);
        }
        if (effect instanceof Effect.ResetLog reset) {
            chain.putIfAbsent(reset.meta().lastIncluded(), 0L);
            snapshots.check(node, reset.meta());
            reached.count("snapshot installed");
            if (isChangePending()) {
                reached.hit(Goal.SNAPSHOT_DURING_CHANGE);
            }
        } else if (effect instanceof Effect.MarkRepaired) {
            reached.count("repair ended");
            if (view.refetches) {
                reached.hit(Goal.COMMITTED_ENTRY_REFETCHED);
            }
        } else if (effect instanceof Effect.MarkRepairing) {
            reached.count("loss found by a peer");
        }
        view.written.apply(effect);
        switch (effect) {
            case Effect.Persist _, Effect.ResetLog _, Effect.MarkRepaired _, Effect.MarkRepairing _ ->
                view.pending.add(effect);
            case Effect.CompactPrefix _ -> view.durable.apply(effect);
            case Effect.SendLogRange _ -> {}
        }
    }

    private boolean isChangePending() {
        for (NodeView view : nodes.values()) {
            boolean uncommitted = view.written.newestConfigurationIndex() > view.commitIndex;
            if (view.leads && (view.configuration.isJoint() || uncommitted)) {
                return true;
            }
        }
        return false;
    }

    /// The journal says that a write is durable.
    public void onDurable(int node, long writeId) {
        NodeView view = view(node);
        Effect.ForJournal done = view.pending.poll();
        long expected = done == null ? -1 : NodeView.writeIdOf(done);
        check(
                expected == writeId,
                "I9",
                () -> "member " + node + " reports write " + writeId + ", expected " + expected);
        if (done != null) {
            view.durable.apply(done);
        }
    }

    /// A snapshot is durable on the member.
    public void onSnapshot(int node, EntryId lastIncluded) {
        NodeView view = view(node);
        if (lastIncluded.index() > view.durableSnapshot.index()) {
            view.durableSnapshot = lastIncluded;
        }
    }

    private void onWrite(NodeView view, Effect.Persist persist, LongSupplier commitIndex) {
        NodeLog before = view.written;
        if (view.leads && view.term == persist.hardState().currentTerm()) {
            checkOneChangeAtATime(view, persist, commitIndex);
            check(
                    persist.truncateFrom() == 0
                            && (persist.entries().isEmpty()
                                    || persist.entries().getFirst().index()
                                            == before.last().index() + 1),
                    "I3",
                    () -> "member " + view.node + " rewrites its log while it leads");
        }
        long from = persist.truncateFrom();
        if (!persist.entries().isEmpty()) {
            long first = persist.entries().getFirst().index();
            from = from == 0 ? first : Math.min(from, first);
        }
        if (from > 0) {
            checkNotCommitted(view, from, persist);
            if (from <= before.last().index()) {
                reached.hit(Goal.TRUNCATION);
            }
        }
        EntryId previous = persist.entries().isEmpty() ? EntryId.ZERO : previousOf(persist, before);
        for (Entry entry : persist.entries()) {
            EntryId predecessor = previous;
            check(
                    chain.containsKey(predecessor),
                    "I4",
                    () -> "member " + view.node + " writes after unknown " + predecessor);
            long hash = hash(entry);
            Long other = chain.putIfAbsent(entry.id(), hash);
            check(
                    other == null || other == hash,
                    "I4",
                    () -> "two entries are " + entry.id() + ", one on " + view.node);
            known.putIfAbsent(entry.id(), entry);
            previous = entry.id();
        }
    }

    private static void checkOneChangeAtATime(NodeView view, Effect.Persist persist, LongSupplier commitIndex) {
        long newest = view.written.newestConfigurationIndex();
        for (Entry entry : persist.entries()) {
            if (entry.kind() == EntryKind.CONFIGURATION) {
                check(
                        newest <= view.written.base().index() || newest <= commitIndex.getAsLong(),
                        "I11",
                        "member " + view.node + " appends configuration " + entry.id() + " while " + newest
                                + " is not committed");
                newest = entry.index();
            }
        }
    }

    private void checkNotCommitted(NodeView view, long from, Effect.Persist persist) {
        for (Entry entry : committed.tailMap(from, true).values()) {
            Entry own = view.written.at(entry.index());
            boolean kept = false;
            for (Entry written : persist.entries()) {
                kept |= written.id().equals(entry.id());
            }
            check(
                    own == null || own.term() != entry.term() || kept,
                    "I8",
                    () -> "member " + view.node + " truncates committed " + entry.id());
        }
    }

    private static EntryId previousOf(Effect.Persist persist, NodeLog before) {
        long index = persist.entries().getFirst().index() - 1;
        if (index == before.base().index()) {
            return before.base();
        }
        Entry previous = before.at(index);
        return previous == null ? new EntryId(Long.MAX_VALUE, index) : previous.id();
    }

    private static long hash(Entry entry) {
        long hash = (entry.term() + 17) * 0x9E3779B97F4A7C15L + entry.kind().code();
        for (byte b : entry.payload().bytes()) {
            hash = (hash ^ b) * 0x100000001b3L;
        }
        return hash ^ (hash >>> 31);
    }

    // ---- messages

    /// Nothing leaves a member before the state it vouches for is durable there; votes never contradict.
    public void onSend(int from, int to, Message message) {
        NodeView view = view(from);
        switch (message) {
            case Message.RequestVote m -> {
                checkVote(view, from, m.term());
                vote(from, from, m.term());
            }
            case Message.VoteReply m -> {
                if (m.granted()) {
                    checkVote(view, to, m.term());
                    vote(from, to, m.term());
                }
            }
            case Message.AppendEntriesReply m -> {
                checkTerm(view, m.term());
                check(
                        !m.success() || isDurable(view, m.entry()),
                        "I9",
                        () -> "member " + from + " acknowledges " + m.entry() + " before it is durable");
            }
            case Message.InstallSnapshotReply m ->
                check(
                        !m.success() || isDurable(view, m.lastIncluded()),
                        "I9",
                        () -> "member " + from + " acknowledges snapshot " + m.lastIncluded()
                                + " before it is durable");
            case Message.PreVoteReply m -> {
                if (!m.granted()) {
                    reached.hit(Goal.PRE_VOTE_REFUSED);
                }
            }
            case Message.ReadIndexReply m -> {
                if (view.leads && m.readIndex() < 0) {
                    reached.hit(Goal.READ_LOST_LEADER);
                }
            }
            case Message.PreVote _,
                    Message.AppendEntries _,
                    Message.Heartbeat _,
                    Message.ReadRoundEcho _,
                    Message.InstallSnapshot _,
                    Message.TimeoutNow _,
                    Message.ReadIndexRequest _ -> {}
        }
    }

    private static boolean isDurable(NodeView view, EntryId id) {
        return view.durable.holds(id) || id.index() <= view.durableSnapshot.index();
    }

    private static void checkTerm(NodeView view, long term) {
        check(
                view.durable.hardState().currentTerm() >= term,
                "I9",
                () -> "member " + view.node + " answers in term " + term + " before it is durable");
    }

    private static void checkVote(NodeView view, int candidate, long term) {
        checkTerm(view, term);
        HardState durable = view.durable.hardState();
        NodeId votedFor = durable.votedFor();
        check(
                durable.currentTerm() > term || (votedFor != null && votedFor.value() == candidate),
                "I9",
                () -> "the vote of member " + view.node + " for " + candidate + " in term " + term + " is not durable");
    }

    private void vote(int voter, int candidate, long term) {
        Integer other = votes.computeIfAbsent(term, _ -> new TreeMap<>()).putIfAbsent(voter, candidate);
        check(
                other == null || other == candidate,
                "I2",
                () -> "member " + voter + " voted for " + other + " and " + candidate + " in term " + term);
    }

    // ---- turns of the core

    /// A turn of the consensus agent is over.
    public void onTurn(int node, RaftStatus status) {
        NodeView view = view(node);
        long term = status.hardState().currentTerm();
        check(term >= view.term, "I2", () -> "the term of member " + node + " falls from " + view.term + " to " + term);
        boolean leads = status.role() == RaftStatus.RoleName.LEADER;
        if (leads && (!view.leads || view.term != term)) {
            onLeader(view, term);
        }
        if (view.leads && !leads && view.term == term && !status.configuration().isVoter(status.self())) {
            reached.hit(Goal.LEADER_REMOVES_ITSELF);
        }
        highestTerm = Math.max(highestTerm, term);
        view.term = term;
        view.leads = leads;
        check(
                status.commitIndex() >= view.commitIndex,
                "I8",
                () -> "the commit index of member " + node + " falls from " + view.commitIndex + " to "
                        + status.commitIndex());
        if (status.commitIndex() > view.commitIndex) {
            onCommit(view, status);
        }
        view.commitIndex = status.commitIndex();
        view.configuration = status.configuration();
        view.status = status;
    }

    private void onLeader(NodeView view, long term) {
        Integer other = leaderOfTerm.putIfAbsent(term, view.node);
        check(
                other == null || other == view.node,
                "I1",
                () -> "term " + term + " is led by " + other + " and " + view.node);
        check(
                view.written.repairUntil() == 0,
                "I14",
                () -> "member " + view.node + " leads term " + term + " while its log is under repair");
        if (other == null) {
            leaderChanges++;
        }
        if (view.configuration.isJoint()) {
            reached.hit(Goal.ELECTION_WHILE_JOINT);
        }
        for (Entry entry : committed.tailMap(view.written.base().index(), false).values()) {
            check(
                    termOfCommit.getOrDefault(entry.index(), Long.MAX_VALUE) >= term || view.written.holds(entry.id()),
                    "I5",
                    () -> "member " + view.node + " leads term " + term + " without committed " + entry.id());
        }
    }

    private void onCommit(NodeView view, RaftStatus status) {
        long index = status.commitIndex();
        Entry entry = view.written.at(index);
        if (entry == null) {
            return;
        }
        if (view.leads) {
            check(
                    entry.term() == view.term,
                    "I7",
                    () -> "member " + view.node + " commits " + entry.id() + " of an earlier term directly");
            check(
                    copies.onMajority(view.configuration, entry) || copies.onMajority(status.configuration(), entry),
                    "I7",
                    () -> "member " + view.node + " commits " + entry.id() + " that no majority holds durably");
            Entry before = view.written.at(view.commitIndex + 1);
            if (before != null && before.term() < entry.term()) {
                reached.hit(Goal.EARLIER_TERM_COMMITTED);
            }
        }
        for (long i = index; i > view.written.base().index(); i--) {
            Entry each = view.written.at(i);
            if (each == null) {
                return;
            }
            termOfCommit.putIfAbsent(i, view.term);
            Entry first = committed.putIfAbsent(i, each);
            check(
                    first == null || first.equals(each),
                    "I6",
                    () -> each.id() + " is committed on member " + view.node + ", another entry was before");
            if (first != null) {
                return;
            }
            snapshots.onCommitted(each);
        }
    }

    /// Everything through this index took effect on the member.
    public void onApplied(int node, EntryId lastApplied) {
        NodeView view = view(node);
        check(
                lastApplied.index() >= view.applied,
                "I6",
                () -> "member " + node + " applied " + lastApplied + " after " + view.applied);
        Entry entry = committed.get(lastApplied.index());
        check(
                entry == null || entry.term() == lastApplied.term(),
                "I6",
                () -> "member " + node + " applied " + lastApplied + " where " + (entry == null ? "" : entry.id())
                        + " is committed");
        check(
                lastApplied.index() <= committedIndex(),
                "I6",
                () -> "member " + node + " applied " + lastApplied + " beyond " + committedIndex());
        check(
                view.durable.holds(lastApplied) || lastApplied.index() <= view.durableSnapshot.index(),
                "I9",
                () -> "member " + node + " applied " + lastApplied + " before it was durable there");
        view.applied = lastApplied.index();
    }

    /// The member's durable term and vote.
    public String promise(int node) {
        return view(node).durable.hardState().toString();
    }

    /// Whether all that is committed is durable on a majority of these voters without this one.
    public boolean isSafeWithout(int node, Configuration configuration) {
        return committed.isEmpty()
                || copies.onMajorityWithout(
                        node, configuration, committed.lastEntry().getValue());
    }

    /// How far each member has applied, for a look at convergence.
    public long applied(int node) {
        return view(node).applied;
    }

    /// The member's last report, or an empty configuration before the first one.
    public Configuration configuration(int node) {
        return view(node).configuration;
    }

    /// Whether the member leads, by its last report.
    public boolean leads(int node) {
        return view(node).leads;
    }

    /// The member's term, by its last report.
    public long term(int node) {
        return view(node).term;
    }
}
