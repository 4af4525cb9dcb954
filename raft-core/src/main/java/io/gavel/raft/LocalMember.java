package io.gavel.raft;

import io.gavel.raft.check.Invariants;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.ConfigurationCodec;
import io.gavel.raft.quorum.ConfigurationHistory;
import io.gavel.raft.quorum.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Everything of this member that outlives a role: term and vote, log, configurations, what is committed, durable
/// and applied, and the effects of the running turn.
///
/// Nothing here leaves for the journal or the peers before [#flush], so that a turn costs one write.
final class LocalMember {
    final RaftConfig config;
    final RaftLog log;
    final ConfigurationHistory configurations;
    private final RandomGenerator random;
    private final PendingWrites writes;

    /// Effects of the running turn that wait for nothing.
    private final Effects outbox = new Effects();

    /// Messages of the running turn that vouch for state which may not be durable yet (rule 12).
    private final List<Effect.Send> vouching = new ArrayList<>();

    private final List<Effect.Notice> notices = new ArrayList<>();

    /// Invariant: the term never falls, the vote never changes within a term (§5.2).
    private HardState hardState;

    private boolean hardStateChanged;

    /// Lowest index the journal must forget; 0 = none.
    private long truncateFrom;

    private List<Entry> unwritten = new ArrayList<>();

    /// Last index of the log as the journal was told.
    private long handedThrough;

    private @Nullable SnapshotMeta unwrittenReset;

    /// Invariant: never falls; `commitIndex <= log.lastIndex()`.
    private long commitIndex;

    /// Last index handed to apply. Invariant: `lastApplied <= handedToApply <= min(commitIndex, persistedIndex)`.
    private long handedToApply;

    private long lastApplied;

    /// The newest durable snapshot of this member.
    private SnapshotMeta snapshot;

    /// The snapshot that apply is loading; until it has, this member takes no entries and hands none to apply.
    private @Nullable SnapshotMeta installing;

    private boolean compactionDue;
    private long repairUntil;
    private long repairWriteId;
    private boolean repairUnwritten;

    /// The core's own clock: it moves with the ticks but stands still over a pause of the process.
    private long nowNanos;

    LocalMember(RaftConfig config, Recovered recovered, RandomGenerator random) {
        this.config = config;
        this.random = random;
        this.snapshot = recovered.snapshot();
        this.log = new RaftLog(recovered, config.limits().recentWindowBytes());
        long base = snapshot.lastIncluded().index();
        this.configurations = new ConfigurationHistory(base, snapshot.configuration());
        for (Entry entry : recovered.configurations()) {
            configurations.append(entry.index(), decode(entry));
        }
        this.hardState = recovered.hardState();
        this.writes = new PendingWrites(hardState, log.lastIndex());
        if (log.lastEntry().term() > currentTerm()) {
            // A snapshot of a newer term became durable before the term did. This member cannot have voted in it.
            adoptTerm(log.lastEntry().term());
        }
        this.handedThrough = log.lastIndex();
        this.commitIndex = base;
        this.handedToApply = base;
        this.lastApplied = base;
        this.repairUntil = recovered.repairUntil();
    }

    private static Configuration decode(Entry entry) {
        return ConfigurationCodec.decode(entry.payload().bytes());
    }

    NodeId self() {
        return config.self();
    }

    HardState hardState() {
        return hardState;
    }

    long currentTerm() {
        return hardState.currentTerm();
    }

    Configuration configuration() {
        return configurations.newest();
    }

    long commitIndex() {
        return commitIndex;
    }

    long lastApplied() {
        return lastApplied;
    }

    long persistedIndex() {
        return writes.persistedIndex();
    }

    SnapshotMeta snapshot() {
        return snapshot;
    }

    boolean isInstalling() {
        return installing != null;
    }

    /// Whether part of the log is being refetched: no votes, no pre-votes, no campaigns (rule 25).
    boolean isRepairing() {
        return repairUntil > 0;
    }

    long repairUntil() {
        return repairUntil;
    }

    /// From now on this member lacks entries up to `index` that it once acknowledged; returns whether that is
    /// news.
    boolean beginRepair(long index) {
        if (index <= repairUntil) {
            return false;
        }
        repairUntil = index;
        repairWriteId = 0;
        repairUnwritten = true;
        return true;
    }

    // ---- clock and chance

    long nowNanos() {
        return nowNanos;
    }

    void advanceClock(long nanos) {
        nowNanos += nanos;
    }

    long electionTimeoutNanos() {
        return config.timing().electionTimeoutNanos();
    }

    /// Between one and two election timeouts from now (§5.2).
    long randomElectionDeadline() {
        return nowNanos + electionTimeoutNanos() + random.nextLong(electionTimeoutNanos());
    }

    /// A short random wait from now (rule 15).
    long randomEarlyDeadline() {
        RaftConfig.Timing timing = config.timing();
        return nowNanos + random.nextLong(timing.earlyPreVoteMinNanos(), timing.earlyPreVoteMaxNanos());
    }

    /// A random number that nobody used before, for tokens that must not repeat over restarts.
    long randomToken() {
        return random.nextLong(Long.MAX_VALUE / 2);
    }

    // ---- term and vote

    boolean mayCampaign() {
        return configuration().isVoter(self()) && !isRepairing() && !isInstalling() && !isDiskStalled();
    }

    /// Whether the oldest write has waited for longer than an election timeout (rule 16).
    boolean isDiskStalled() {
        Long oldest = writes.oldestIssuedNanos();
        return oldest != null && nowNanos - oldest > electionTimeoutNanos();
    }

    void adoptTerm(long term) {
        Invariants.check(term > currentTerm(), "terms only rise", currentTerm(), term);
        hardState = new HardState(term, null);
        hardStateChanged = true;
    }

    void vote(NodeId candidate) {
        NodeId votedFor = hardState.votedFor();
        Invariants.check(votedFor == null || votedFor.equals(candidate), "one vote a term");
        if (votedFor == null) {
            hardState = new HardState(currentTerm(), candidate);
            hardStateChanged = true;
        }
    }

    /// Whether the current term and vote have been confirmed by the journal.
    boolean isHardStateDurable() {
        return !hardStateChanged && hardState.equals(writes.durableHardState());
    }

    // ---- log

    void append(Entry entry) {
        log.append(entry);
        unwritten.add(entry);
        if (entry.kind() == EntryKind.CONFIGURATION) {
            configurations.append(entry.index(), decode(entry));
        }
    }

    /// Removes a suffix that a newer leader overwrites (§5.3); never committed entries.
    void truncateFrom(long index) {
        Invariants.check(index > commitIndex, "committed entries stay", commitIndex, index);
        log.truncateFrom(index);
        configurations.truncateFrom(index);
        writes.truncateFrom(index);
        unwritten.removeIf(entry -> entry.index() >= index);
        if (index <= handedThrough) {
            truncateFrom = truncateFrom == 0 ? index : Math.min(truncateFrom, index);
            handedThrough = index - 1;
        }
    }

    void commitThrough(long index) {
        Invariants.check(index >= commitIndex, "commitIndex never falls", commitIndex, index);
        Invariants.check(index <= log.lastIndex(), "only what is in the log commits", index, log.lastIndex());
        commitIndex = index;
        configurations.commitThrough(
                index, (committed, at) -> notices.add(new Effect.ConfigurationCommitted(at, committed)));
    }

    // ---- what the driver reports

    void onPersisted(long writeId) {
        writes.confirm(writeId, this::release);
        if (repairWriteId != 0 && writeId >= repairWriteId) {
            repairUntil = 0;
            repairWriteId = 0;
        }
    }

    void onApplied(long index) {
        Invariants.check(index <= handedToApply, "only what was handed over is applied", index, handedToApply);
        lastApplied = Math.max(lastApplied, index);
    }

    void onSnapshotTaken(SnapshotMeta meta) {
        EntryId lastIncluded = meta.lastIncluded();
        if (lastIncluded.index() > snapshot.lastIncluded().index()) {
            Invariants.check(lastIncluded.index() <= lastApplied, "a snapshot holds what was applied");
            Invariants.check(log.matches(lastIncluded), "a snapshot ends at an entry of the log");
            snapshot = meta;
            compactionDue = true;
        }
    }

    // ---- snapshots from a leader

    /// Starts to load the snapshot; it holds more than this log is known to share with the leader.
    void beginInstall(SnapshotMeta meta) {
        Invariants.check(installing == null, "one snapshot is installed at a time");
        installing = meta;
        outbox.add(new Effect.InstallSnapshot(meta));
    }

    /// The state machine and the disk hold the snapshot: the log starts again after it (rule 14).
    void onSnapshotInstalled(SnapshotMeta meta) {
        Invariants.check(meta.equals(installing), "the installed snapshot is the one asked for");
        long index = meta.lastIncluded().index();
        Invariants.check(index > commitIndex, "a snapshot moves commitIndex on", commitIndex, index);
        installing = null;
        snapshot = meta;
        log.reset(meta.lastIncluded());
        configurations.reset(index, meta.configuration());
        writes.reset(index);
        unwritten = new ArrayList<>();
        truncateFrom = 0;
        handedThrough = index;
        unwrittenReset = meta;
        commitIndex = index;
        handedToApply = index;
        lastApplied = index;
    }

    // ---- effects

    void emit(Effect effect) {
        outbox.add(effect);
    }

    void send(NodeId to, Message message) {
        outbox.add(new Effect.Send(to, message));
    }

    void notice(Effect.Notice notice) {
        notices.add(notice);
    }

    void reject(long correlationId, RejectReason reason, @Nullable NodeId leader) {
        notices.add(new Effect.Rejected(correlationId, reason, leader));
    }

    /// Sends the message once everything it vouches for is durable.
    void sendWhenDurable(NodeId to, Message message) {
        Effect.Send send = new Effect.Send(to, message);
        if (!vouching.isEmpty() && supersedes(send, vouching.getLast())) {
            vouching.removeLast();
        }
        vouching.add(send);
    }

    private static boolean supersedes(Effect.Send later, Effect.Send earlier) {
        return later.to().equals(earlier.to())
                && later.message() instanceof Message.AppendEntriesReply now
                && earlier.message() instanceof Message.AppendEntriesReply before
                && now.success()
                && before.success()
                && now.term() == before.term()
                && now.entry().index() >= before.entry().index();
    }

    /// Whether compaction should be looked at, which is asked once.
    boolean takeCompactionDue() {
        boolean due = compactionDue;
        compactionDue = false;
        return due;
    }

    void requestCompaction() {
        compactionDue = true;
    }

    /// Gives up the log through `index`, which a durable snapshot covers.
    void compactThrough(long index) {
        if (index > log.baseIndex()) {
            Invariants.check(
                    index <= snapshot.lastIncluded().index(),
                    "a snapshot covers what is compacted",
                    index,
                    snapshot.lastIncluded().index());
            log.compactThrough(index);
            outbox.add(new Effect.CompactPrefix(log.base()));
        }
    }

    /// Emits the turn: what leaves at once, the write, what waits, what is to be applied, notices.
    ///
    /// @param repairedThrough highest index that the leader of the current term has confirmed as its own
    void flush(Effects out, long repairedThrough) {
        outbox.drain(out::add);
        flushWrites(out);
        if (repairUnwritten) {
            repairUnwritten = false;
            out.add(new Effect.MarkRepairing(writes.issue(hardState, 0, nowNanos), repairUntil));
        }
        if (isRepairing() && repairWriteId == 0 && Math.min(repairedThrough, persistedIndex()) >= repairUntil) {
            repairWriteId = writes.issue(hardState, 0, nowNanos);
            out.add(new Effect.MarkRepaired(repairWriteId));
        }
        for (Effect.Send send : vouching) {
            if (isDurable(send.message())) {
                out.add(send);
            } else {
                writes.hold(send);
            }
        }
        vouching.clear();
        handToApply(out);
        notices.forEach(out::add);
        notices.clear();
        log.evict(Math.min(handedThrough, commitIndex));
    }

    private void flushWrites(Effects out) {
        if (unwrittenReset != null) {
            long index = unwrittenReset.lastIncluded().index();
            out.add(new Effect.ResetLog(writes.issue(hardState, index, nowNanos), hardState, unwrittenReset));
            unwrittenReset = null;
            hardStateChanged = false;
        }
        if (hardStateChanged || truncateFrom > 0 || !unwritten.isEmpty()) {
            long writeId = writes.issue(hardState, log.lastIndex(), nowNanos);
            out.add(new Effect.Persist(writeId, hardState, truncateFrom, unwritten));
            hardStateChanged = false;
            truncateFrom = 0;
            unwritten = new ArrayList<>();
            handedThrough = log.lastIndex();
        }
    }

    private boolean isDurable(Message message) {
        return switch (message) {
            case Message.AppendEntriesReply reply ->
                isHardStateDurable() && (!reply.success() || reply.entry().index() <= persistedIndex());
            case Message.RequestVote _, Message.VoteReply _ -> isHardStateDurable();
            case Message.InstallSnapshotReply _ -> writes.isEmpty();
            case Message.PreVote _,
                    Message.PreVoteReply _,
                    Message.AppendEntries _,
                    Message.Heartbeat _,
                    Message.ReadRoundEcho _,
                    Message.InstallSnapshot _,
                    Message.TimeoutNow _,
                    Message.ReadIndexRequest _,
                    Message.ReadIndexReply _ -> true;
        };
    }

    /// A held message leaves unless it has become pointless: a newer term, or its entry is gone.
    private void release(Effect.Send send) {
        if (send.message().term() != currentTerm()) {
            return;
        }
        boolean stillTrue = !(send.message() instanceof Message.AppendEntriesReply reply)
                || !reply.success()
                || (reply.entry().index() <= persistedIndex()
                        && (reply.entry().index() < log.baseIndex() || log.matches(reply.entry())));
        if (stillTrue) {
            outbox.add(send);
        }
    }

    private void handToApply(Effects out) {
        if (installing != null) {
            return;
        }
        long limit = Math.min(commitIndex, persistedIndex());
        limit = Math.min(limit, lastApplied + config.limits().maxUnappliedEntries());
        while (handedToApply < limit) {
            long first = handedToApply + 1;
            if (log.isRecent(first)) {
                handedToApply = limit;
                out.add(new Effect.Apply(log.slice(first, limit, Integer.MAX_VALUE, Long.MAX_VALUE)));
            } else {
                handedToApply = Math.min(limit, log.firstRecentIndex() - 1);
                out.add(new Effect.ApplyLogRange(log.idAtOrZero(first), log.idAtOrZero(handedToApply)));
            }
        }
    }

    void checkInvariants() {
        Invariants.check(commitIndex <= log.lastIndex(), "commitIndex <= lastIndex", commitIndex, log.lastIndex());
        Invariants.check(
                persistedIndex() <= log.lastIndex(), "persistedIndex <= lastIndex", persistedIndex(), log.lastIndex());
        Invariants.check(lastApplied <= handedToApply, "lastApplied <= handed over", lastApplied, handedToApply);
        Invariants.check(handedToApply <= commitIndex, "only commits are applied", handedToApply, commitIndex);
        Invariants.check(
                handedToApply <= persistedIndex(), "only what is durable is applied", handedToApply, persistedIndex());
        Invariants.check(
                log.baseIndex() <= lastApplied, "only what is applied is compacted", log.baseIndex(), lastApplied);
        Invariants.check(
                configurations.newestIndex() <= log.lastIndex(),
                "the configuration is in the log",
                configurations.newestIndex(),
                log.lastIndex());
        Invariants.check(
                currentTerm() >= log.lastEntry().term(),
                "the term is not behind the log",
                currentTerm(),
                log.lastEntry().term());
    }
}
