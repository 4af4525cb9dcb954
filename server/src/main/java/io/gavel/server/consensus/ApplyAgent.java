package io.gavel.server.consensus;

import io.gavel.raft.Effect;
import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.Event;
import io.gavel.raft.SnapshotMeta;
import io.gavel.raft.check.Invariants;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.ConfigurationCodec;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.agent.Agent;
import io.gavel.server.agent.ExitCode;
import io.gavel.server.agent.HaltException;
import io.gavel.server.agent.Mailbox;
import io.gavel.server.api.ApplyTasks;
import io.gavel.server.consensus.StateSnapshots.StoredState;
import io.gavel.server.entry.EntryHash;
import io.gavel.server.entry.v1.AnnounceMember;
import io.gavel.server.leader.StateView;
import io.gavel.server.state.Checkpoint;
import io.gavel.server.state.Published;
import io.gavel.server.state.SnapshotCut;
import io.gavel.server.state.StateCounts;
import io.gavel.server.state.StateListener;
import io.gavel.server.state.StateMachine;
import io.gavel.server.storage.SkippedEntries;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Owns the state machine: applies what is committed and durable, answers who waits for it, runs short reads between
/// two entries.
///
/// Confined to its thread; [#submit], the tasks and the published values are for any thread. Whatever the state
/// machine throws halts the node: an entry is skipped only when an operator says so (rule 34).
public final class ApplyAgent implements Agent, ApplyTasks, StateView {
    private static final Logger log = LoggerFactory.getLogger(ApplyAgent.class);
    private static final int MAX_INPUTS_PER_TURN = 512;
    private static final int MAX_TASKS_PER_TURN = 256;
    private static final int MAX_SNAPSHOT_ASKS = 64;
    private static final long COUNT_INTERVAL_NANOS = 1_000_000_000;
    private static final int RANGE_BYTES = 1 << 20;

    /// The core bounds what is outstanding, and [#offer] what clients wait for; more would be a bug of ours.
    private static final Mailbox.Limits INPUTS = new Mailbox.Limits(262_144, Long.MAX_VALUE / 2);

    /// With so many inputs waiting, clients' reads and renewals are refused.
    static final int MAX_INPUTS_FOR_CLIENTS = 65_536;

    /// Where the agent starts and what it needs.
    ///
    /// @param snapshot where the log begins; its configuration is the one in force there
    /// @param state what the snapshot holds; null = the state is empty
    /// @param skipped what an operator told this member not to apply
    /// @param snapshotThresholdBytes a snapshot is taken when this much was applied since the last one
    public record Setup(
            NodeId self,
            SnapshotMeta snapshot,
            @Nullable StoredState state,
            SkippedEntries skipped,
            long snapshotThresholdBytes,
            int tasks) {}

    /// The agent's neighbours.
    public record Ports(ConsensusInbox consensus, CommittedLog log, StateSnapshots snapshots, StateListener api) {}

    private final Setup setup;
    private final Ports ports;
    private final ResultWaiters waiters = new ResultWaiters();
    private final StateFanOut fanOut;
    private final Mailbox<ApplyInput> inputs;
    private final Mailbox<Runnable> tasks;
    private volatile StateMachine machine;
    private volatile long agreedCheckpointIndex;
    private final AtomicInteger snapshotsInstalled = new AtomicInteger();

    private Configuration configuration;
    private EntryId reported;
    private Effect.@Nullable ApplyLogRange range;
    private long bytesSinceSnapshot;
    private volatile boolean snapshotRunning;
    private final List<SnapshotAsk> snapshotAsks = new ArrayList<>();
    private final Runnable wake;
    private volatile StateCounts counts = StateCounts.NONE;
    private long countsDueNanos = Long.MIN_VALUE;

    /// @throws IOException if the snapshot cannot be read
    public ApplyAgent(Setup setup, Ports ports, Runnable wake) throws IOException {
        this.setup = setup;
        this.ports = ports;
        this.wake = wake;
        this.fanOut = new StateFanOut(setup.self(), waiters, ports.api());
        this.machine = setup.state() == null ? new StateMachine(fanOut) : restore(setup.state());
        this.configuration = setup.snapshot().configuration();
        this.reported = setup.snapshot().lastIncluded();
        this.inputs = new Mailbox<>(INPUTS, new Mailbox.Limits(2, 2), _ -> 0, wake);
        Mailbox.Limits taskLimits = new Mailbox.Limits(setup.tasks(), Long.MAX_VALUE / 2);
        this.tasks = new Mailbox<>(taskLimits, new Mailbox.Limits(2, 2), _ -> 0, wake);
    }

    /// Takes work in order. From the consensus agent only.
    void submit(ApplyInput input) {
        if (!inputs.offer(input)) {
            throw new HaltException(ExitCode.INVARIANT_VIOLATED, "more to apply than the core can have asked for");
        }
    }

    /// Takes what a client waits for unless too much waits already, because a snapshot is being loaded, say; false =
    /// refused. From the consensus agent only.
    boolean offer(ApplyInput wait) {
        if (inputs.size() >= MAX_INPUTS_FOR_CLIENTS) {
            return false;
        }
        submit(wait);
        return true;
    }

    @Override
    public boolean submit(Runnable task) {
        return tasks.offer(task);
    }

    /// The state machine in force; another one after a snapshot was installed. Any thread.
    public StateMachine machine() {
        return machine;
    }

    @Override
    public Published published() {
        return machine.published();
    }

    @Override
    public SortedMap<Integer, AnnounceMember> announced() {
        return machine.members().announced();
    }

    @Override
    public List<Checkpoint> checkpoints() {
        return machine.checkpoints();
    }

    @Override
    public long agreedCheckpointIndex() {
        return agreedCheckpointIndex;
    }

    /// How much the state holds, counted once a second while there is work. Any thread.
    public StateCounts counts() {
        return counts;
    }

    /// How often the leader's snapshot replaced the state since the start. Any thread.
    public int snapshotsInstalled() {
        return snapshotsInstalled.get();
    }

    @Override
    public int doWork(long nowNanos) {
        int work = tasks.drain(Runnable::run, MAX_TASKS_PER_TURN) + beginSnapshotAskedFor();
        if (range != null) {
            work += applyRange(range);
        }
        int taken = 0;
        while (range == null && taken < MAX_INPUTS_PER_TURN) {
            ApplyInput input = inputs.poll();
            if (input == null) {
                break;
            }
            taken++;
            onInput(input);
        }
        work += taken + waiters.expire(nowNanos);
        if (work > 0) {
            endTurn();
            if (nowNanos >= countsDueNanos) {
                countsDueNanos = nowNanos + COUNT_INTERVAL_NANOS;
                counts = machine.counts();
            }
        }
        return work;
    }

    @Override
    public long nextDeadlineNanos() {
        return waiters.nextDeadlineNanos();
    }

    private void endTurn() {
        EntryId applied = machine.published().lastApplied();
        if (applied.index() > reported.index()) {
            reported = applied;
            waiters.releaseReads(applied.index());
            publishAgreed();
            ports.consensus().applied(applied.index());
            maybeSnapshot();
        }
        machine.onTurnEnd();
    }

    private void onInput(ApplyInput input) {
        switch (input) {
            case ApplyInput.Work work -> onEffect(work.effect());
            case ApplyInput.ExpectResults expect -> waiters.expectResults(expect.expected(), lastApplied());
            case ApplyInput.ExpectRenewals expect -> waiters.expectRenewals(expect.expected());
            case ApplyInput.AwaitApplied await -> waiters.awaitApplied(await, lastApplied());
            case ApplyInput.LeaderChanged _ -> waiters.onLeaderChanged();
        }
    }

    private void onEffect(Effect.ForApply effect) {
        switch (effect) {
            case Effect.Apply apply -> applyAll(apply.entries());
            case Effect.ApplyLogRange cold -> range = cold;
            case Effect.InstallSnapshot install -> install(install.meta());
        }
    }

    private long lastApplied() {
        return machine.published().lastApplied().index();
    }

    private void applyAll(List<Entry> entries) {
        for (Entry entry : entries) {
            apply(entry);
        }
    }

    private void apply(Entry entry) {
        Invariants.check(
                entry.index() == lastApplied() + 1, "entries are applied in order", entry.index(), lastApplied());
        switch (entry.kind()) {
            case NO_OP -> machine.onNoOp(entry.id());
            case COMMAND -> applyCommand(entry);
            case CONFIGURATION -> {
                configuration = ConfigurationCodec.decode(entry.payload().bytes());
                machine.onConfiguration(entry.id(), configuration);
            }
        }
        waiters.onApplied(entry.id());
        bytesSinceSnapshot += entry.payload().length();
    }

    private void applyCommand(Entry entry) {
        EntryHash skipped = setup.skipped().at(entry.index());
        if (skipped != null) {
            skip(entry, skipped);
            return;
        }
        try {
            machine.apply(entry.id(), entry.payload());
        } catch (HaltException halt) {
            if (halt.exitCode() == ExitCode.STATE_DIVERGED) {
                distrustSnapshots();
            }
            throw halt;
        } catch (RuntimeException | Error failure) {
            log.error(
                    "an entry cannot be applied; if no member can: gavel server skip-entry {} --hash {}",
                    entry.index(),
                    EntryHash.of(entry.payload()));
            throw failure;
        }
    }

    private void skip(Entry entry, EntryHash named) {
        EntryHash found = EntryHash.of(entry.payload());
        if (!found.equals(named)) {
            throw new HaltException(
                    ExitCode.STATE_DIVERGED,
                    "told to skip the entry at index " + entry.index() + " with hash " + named
                            + ", but the log has one with hash " + found + " there");
        }
        log.warn("skipping the entry at index {} with hash {}, as an operator decided", entry.index(), found);
        machine.skip(entry.id(), found);
    }

    /// Before the process ends, so that its next start heals from the log or from the others instead of
    /// taking the damage up again.
    private void distrustSnapshots() {
        long agreed = machine.matchedCheckpointIndex();
        log.error("the state diverged: giving up all snapshots after {}", agreed);
        try {
            ports.snapshots().distrustAfter(agreed);
        } catch (IOException e) {
            throw new UncheckedIOException("giving up snapshots of a state that diverged", e);
        }
    }

    /// Applies a part of a range that must come from the journal; tasks go on in between.
    private int applyRange(Effect.ApplyLogRange cold) {
        try {
            List<Entry> entries = ports.log().read(machine.published().lastApplied(), cold.last(), RANGE_BYTES);
            applyAll(entries);
            if (lastApplied() >= cold.last().index()) {
                range = null;
            }
            return entries.size();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "committed entries up to " + cold.last() + " cannot be read back: " + e.getMessage(), e);
        }
    }

    /// Loads a snapshot and compares what it holds with what its writer had (rules 27, 31).
    private StateMachine restore(StoredState state) throws IOException {
        StateMachine restored = StateMachine.restore(fanOut, state.records());
        EntryId lastIncluded = state.meta().lastIncluded();
        if (!restored.digest().equals(state.digest())
                || !restored.published().lastApplied().equals(lastIncluded)) {
            throw new HaltException(
                    ExitCode.STATE_DIVERGED,
                    "the snapshot of " + lastIncluded + " holds the state of "
                            + restored.published().lastApplied() + " with digest " + restored.digest() + ", not "
                            + state.digest());
        }
        return restored;
    }

    /// Replaces the state by a snapshot from the leader (rule 14).
    private void install(SnapshotMeta meta) {
        try {
            machine = restore(ports.snapshots().open(meta));
        } catch (IOException e) {
            throw new UncheckedIOException("the received snapshot " + meta.lastIncluded() + " cannot be read", e);
        }
        log.info("installed the snapshot of {}", meta.lastIncluded());
        snapshotsInstalled.incrementAndGet();
        configuration = meta.configuration();
        bytesSinceSnapshot = 0;
        waiters.onSnapshot(meta.lastIncluded());
        ports.consensus().complete(new Event.SnapshotInstalled(meta));
    }

    private void publishAgreed() {
        Checkpoint agreed = machine.agreedCheckpoint();
        if (agreed != null) {
            agreedCheckpointIndex = agreed.index();
        }
    }

    private void maybeSnapshot() {
        if (bytesSinceSnapshot >= setup.snapshotThresholdBytes()) {
            beginSnapshot();
        }
    }

    /// Hears what became of a snapshot that was asked for, once, on any thread: null and the reason when there is none.
    @FunctionalInterface
    public interface SnapshotAsk {
        void onTaken(@Nullable SnapshotMeta taken, String problem);
    }

    /// Takes a snapshot of this moment or, when one is being taken, of the moment when that is done: it holds whatever
    /// was applied before it was asked for. On the apply agent: submit it as a task.
    public void takeSnapshot(SnapshotAsk ask) {
        if (lastApplied() == 0) {
            ask.onTaken(null, "this member has applied nothing yet");
        } else if (snapshotAsks.size() >= MAX_SNAPSHOT_ASKS) {
            ask.onTaken(null, "too many snapshots are asked for");
        } else {
            snapshotAsks.add(ask);
            beginSnapshot();
        }
    }

    private int beginSnapshotAskedFor() {
        if (snapshotRunning || snapshotAsks.isEmpty()) {
            return 0;
        }
        beginSnapshot();
        return 1;
    }

    private void beginSnapshot() {
        if (snapshotRunning) {
            return;
        }
        List<SnapshotAsk> asked = List.copyOf(snapshotAsks);
        snapshotAsks.clear();
        SnapshotCut cut = machine.cut();
        snapshotRunning = true;
        bytesSinceSnapshot = 0;
        SnapshotMeta meta = new SnapshotMeta(cut.lastIncluded(), configuration);
        boolean begun = ports.snapshots().take(cut, meta, problem -> endSnapshot(asked, meta, problem));
        if (!begun) {
            cut.close();
            endSnapshot(asked, meta, "too much waits for the disk");
        }
    }

    private void endSnapshot(List<SnapshotAsk> asked, SnapshotMeta meta, @Nullable String problem) {
        snapshotRunning = false;
        asked.forEach(ask -> ask.onTaken(problem == null ? meta : null, problem == null ? "" : problem));
        wake.run();
    }
}
