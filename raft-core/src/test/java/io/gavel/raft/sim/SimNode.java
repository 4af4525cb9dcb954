package io.gavel.raft.sim;

import io.gavel.raft.Effect;
import io.gavel.raft.Effects;
import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.EntryKind;
import io.gavel.raft.Event;
import io.gavel.raft.Payload;
import io.gavel.raft.RaftConfig;
import io.gavel.raft.RaftCore;
import io.gavel.raft.RaftStatus;
import io.gavel.raft.Recovered;
import io.gavel.raft.SnapshotMeta;
import io.gavel.raft.TermRun;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.ConfigurationCodec;
import io.gavel.raft.quorum.NodeId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One simulated member: the production core, and around it what a driver does, with a disk that forgets.
final class SimNode {
    private static final int MAX_EVENTS_PER_TURN = 64;

    final NodeId id;
    private final CoreSimulation world;
    private final SplittableRandom random;
    private final double clockRate;
    private final long clockOffset;

    /// What would survive a power cut now, and what was written: every effect of the journal lane so far.
    private SimLog durable = new SimLog();

    private SimLog written = new SimLog();
    private final TreeMap<EntryId, SimSnapshot> snapshots = new TreeMap<>();
    private Configuration bootstrap;

    private @Nullable RaftCore core;
    private final Effects effects = new Effects();
    private int life;
    private boolean removed;
    private long pausedUntil;
    private long nextTurnAt = Long.MAX_VALUE;
    private final ArrayDeque<Event> inbox = new ArrayDeque<>();
    private final ArrayDeque<Effect.ForJournal> queuedWrites = new ArrayDeque<>();
    private boolean flushing;
    private final ArrayDeque<Effect.ForApply> queuedApplies = new ArrayDeque<>();
    private boolean applying;
    private final TreeMap<NodeId, Integer> lifeOfPeer = new TreeMap<>();

    private long lastApplied;
    private EntryId lastAppliedId = EntryId.ZERO;
    private Configuration appliedConfiguration;

    /// What acted when the running turn began.
    private Configuration configurationBefore;

    private long stateHash;
    private long lastCommit;
    private long lastSnapshotIndex;
    private final TreeMap<Long, Long> readsInFlight = new TreeMap<>();
    private final TreeMap<Long, EntryId> proposalsInFlight = new TreeMap<>();

    /// A durable image of the state machine.
    record SimSnapshot(SnapshotMeta meta, long stateHash) {}

    SimNode(NodeId id, Configuration bootstrap, CoreSimulation world, SplittableRandom random, double drift) {
        this.id = id;
        this.bootstrap = bootstrap;
        this.appliedConfiguration = bootstrap;
        this.configurationBefore = bootstrap;
        this.world = world;
        this.random = random;
        this.clockRate = 1 + (random.nextDouble() * 2 - 1) * drift;
        this.clockOffset = random.nextLong(1L << 40);
    }

    boolean isUp() {
        return core != null;
    }

    boolean isRemoved() {
        return removed;
    }

    int life() {
        return life;
    }

    SimLog durable() {
        return durable;
    }

    SimLog written() {
        return written;
    }

    long lastApplied() {
        return lastApplied;
    }

    long stateHash() {
        return stateHash;
    }

    RaftStatus status() {
        return running().status();
    }

    private RaftCore running() {
        RaftCore running = core;
        if (running == null) {
            throw new SimulationFailure(id + " is down");
        }
        return running;
    }

    private long localNanos(long globalNanos) {
        return clockOffset + (long) (globalNanos * clockRate);
    }

    private long globalNanos(long localNanos) {
        return (long) Math.ceil((localNanos - clockOffset) / clockRate);
    }

    // ---- life and death

    void start() {
        life++;
        SimSnapshot newest = snapshots.isEmpty() ? null : snapshots.lastEntry().getValue();
        SnapshotMeta meta = newest == null ? new SnapshotMeta(EntryId.ZERO, bootstrap) : newest.meta();
        if (!durable.holds(meta.lastIncluded())
                || durable.last().index() < meta.lastIncluded().index()) {
            durable.resetTo(meta.lastIncluded());
        }
        written = durable.copy();
        lastApplied = meta.lastIncluded().index();
        lastAppliedId = meta.lastIncluded();
        appliedConfiguration = meta.configuration();
        stateHash = newest == null ? 0 : newest.stateHash();
        lastSnapshotIndex = lastApplied;
        lastCommit = 0;
        core = RaftCore.recover(config(), recovered(meta), random.split());
        configurationBefore = status().configuration();
        step(new Event.Tick(localNanos(world.now())));
        endTurn();
    }

    private RaftConfig config() {
        return world.config(id);
    }

    private Recovered recovered(SnapshotMeta meta) {
        long first = meta.lastIncluded().index() + 1;
        List<Entry> entries = durable.last().index() < first
                ? List.of()
                : durable.range(first, durable.last().index());
        List<TermRun> runs = new ArrayList<>();
        List<Entry> configurations = new ArrayList<>();
        for (Entry entry : entries) {
            if (runs.isEmpty() || runs.getLast().term() != entry.term()) {
                runs.add(new TermRun(entry.term(), entry.index()));
            }
            if (entry.kind() == EntryKind.CONFIGURATION) {
                configurations.add(entry);
            }
        }
        int keep = Math.min(entries.size(), random.nextInt(50));
        return new Recovered(
                durable.hardState(),
                meta,
                runs,
                durable.last(),
                configurations,
                entries.subList(entries.size() - keep, entries.size()),
                durable.repairUntil());
    }

    /// The process dies. Of what was written and not synced, a random prefix stays, the last write perhaps in part.
    void crash() {
        core = null;
        inbox.clear();
        int kept = random.nextInt(queuedWrites.size() + 1);
        for (int i = 0; i < kept; i++) {
            durable.apply(queuedWrites.removeFirst());
        }
        if (queuedWrites.peekFirst() instanceof Effect.Persist torn && random.nextBoolean()) {
            durable.applyPart(torn, random.nextInt(torn.entries().size() + 1));
        }
        queuedWrites.clear();
        queuedApplies.clear();
        flushing = false;
        applying = false;
        pausedUntil = 0;
        nextTurnAt = Long.MAX_VALUE;
        readsInFlight.clear();
        proposalsInFlight.clear();
        lifeOfPeer.clear();
    }

    void remove() {
        if (isUp()) {
            crash();
        }
        removed = true;
    }

    /// Rot in the journal of a stopped member: everything from a random entry on is lost, and that is known.
    void damage() {
        long span = durable.last().index() - durable.base().index();
        if (span > 0) {
            durable.damageFrom(durable.base().index() + 1 + random.nextLong(span));
        }
    }

    void pauseUntil(long nanos) {
        pausedUntil = Math.max(pausedUntil, nanos);
        scheduleTurn(pausedUntil);
    }

    // ---- what the outside does to it

    void receive(NodeId from, int fromLife, Event event) {
        int known = lifeOfPeer.getOrDefault(from, 0);
        if (fromLife < known) {
            return;
        }
        if (fromLife > known) {
            lifeOfPeer.put(from, fromLife);
            if (known > 0) {
                enqueue(new Event.PeerRestarted(from));
            }
        }
        enqueue(event);
    }

    void enqueue(Event event) {
        if (isUp()) {
            inbox.add(event);
            scheduleTurn(world.now() + random.nextLong(200_000));
        }
    }

    /// Requests of operators that were not looked at yet are lost.
    void dropRequestedChanges() {
        inbox.removeIf(event -> event instanceof Event.ChangeConfiguration);
    }

    void propose(long proposalId, Payload payload) {
        enqueue(new Event.Propose(proposalId, payload, random.nextInt(10) == 0));
    }

    void read(long readId) {
        readsInFlight.put(readId, world.ledger().observedIndex());
        enqueue(new Event.ReadIndex(readId));
    }

    void storeSnapshot(SimSnapshot snapshot) {
        snapshots.put(snapshot.meta().lastIncluded(), snapshot);
    }

    @Nullable
    SimSnapshot newestSnapshot() {
        return snapshots.isEmpty() ? null : snapshots.lastEntry().getValue();
    }

    // ---- turns

    private void scheduleTurn(long atNanos) {
        long at = Math.max(Math.max(atNanos, pausedUntil), world.now());
        if (at < nextTurnAt) {
            nextTurnAt = at;
            int scheduledLife = life;
            world.at(at, () -> {
                if (life == scheduledLife && isUp() && nextTurnAt <= world.now()) {
                    turn();
                }
            });
        }
    }

    private void turn() {
        nextTurnAt = Long.MAX_VALUE;
        if (world.now() < pausedUntil) {
            scheduleTurn(pausedUntil);
            return;
        }
        int budget = 1 + random.nextInt(MAX_EVENTS_PER_TURN);
        while (budget-- > 0 && !inbox.isEmpty()) {
            step(inbox.removeFirst());
        }
        step(new Event.Tick(localNanos(world.now())));
        endTurn();
    }

    private void step(Event event) {
        world.trace().add(id.value()).add(event);
        running().step(event);
    }

    private void endTurn() {
        RaftCore running = running();
        running.flush(effects);
        effects.drain(this::dispatch);
        running.checkInvariants();
        RaftStatus status = running.status();
        RaftLedger.check(status.commitIndex() >= lastCommit, "commit index of " + id + " falls");
        if (status.commitIndex() > lastCommit) {
            lastCommit = status.commitIndex();
            world.ledger().onCommit(status, configurationBefore, written, world::disk);
        }
        configurationBefore = status.configuration();
        scheduleTurn(inbox.isEmpty() ? globalNanos(running.nextDeadlineNanos()) : world.now() + 1_000);
    }

    private void dispatch(Effect effect) {
        world.trace().add(id.value()).add(effect);
        switch (effect) {
            case Effect.SendLogRange range -> sendLogRange(range);
            case Effect.Persist persist -> {
                boolean leads = status().role() == RaftStatus.RoleName.LEADER
                        && persist.hardState().currentTerm()
                                == written.hardState().currentTerm();
                world.ledger().onWrite(id, leads, status().commitIndex(), persist, written);
                write(persist);
            }
            case Effect.ResetLog reset -> write(reset);
            case Effect.MarkRepaired mark -> write(mark);
            case Effect.MarkRepairing mark -> write(mark);
            case Effect.CompactPrefix compact -> write(compact);
            case Effect.Send send -> {
                world.ledger().onSend(id, send, durable, snapshots.isEmpty() ? EntryId.ZERO : snapshots.lastKey());
                world.network().send(this, send);
            }
            case Effect.SendSnapshot send -> world.network().sendSnapshot(this, send);
            case Effect.ForApply apply -> {
                queuedApplies.add(apply);
                applySoon();
            }
            case Effect.ReadReady ready -> onReadReady(ready);
            case Effect.ProposalAppended appended -> proposalsInFlight.put(appended.proposalId(), appended.id());
            case Effect.Rejected rejected -> readsInFlight.remove(rejected.correlationId());
            case Effect.RoleChanged changed -> {
                if (changed.role() == RaftStatus.RoleName.LEADER) {
                    world.ledger().onLeader(id, changed.term(), written);
                }
            }
            case Effect.ConfigurationCommitted committed ->
                world.onConfigurationCommitted(committed.index(), committed.configuration());
        }
    }

    // ---- journal lane

    private void write(Effect.ForJournal effect) {
        written.apply(effect);
        queuedWrites.add(effect);
        flushSoon();
    }

    private void flushSoon() {
        if (flushing || queuedWrites.isEmpty()) {
            return;
        }
        flushing = true;
        int batch = queuedWrites.size();
        int writingLife = life;
        world.after(world.fsyncNanos(), () -> {
            if (life != writingLife || !isUp()) {
                return;
            }
            flushing = false;
            for (int i = 0; i < batch; i++) {
                Effect.ForJournal effect = queuedWrites.removeFirst();
                durable.apply(effect);
                switch (effect) {
                    case Effect.Persist persist -> enqueue(new Event.Persisted(persist.writeId()));
                    case Effect.ResetLog reset -> enqueue(new Event.Persisted(reset.writeId()));
                    case Effect.MarkRepaired mark -> enqueue(new Event.Persisted(mark.writeId()));
                    case Effect.MarkRepairing mark -> enqueue(new Event.Persisted(mark.writeId()));
                    case Effect.CompactPrefix compact -> {}
                    case Effect.SendLogRange range -> {}
                }
            }
            flushSoon();
        });
    }

    private void sendLogRange(Effect.SendLogRange range) {
        int readingLife = life;
        world.after(random.nextLong(2_000_000), () -> {
            if (life != readingLife || !isUp()) {
                return;
            }
            if (range.previous().index() < written.base().index()) {
                enqueue(new Event.RangeGone(range.to(), range.previous().index() + 1));
            } else if (written.holds(range.previous())
                    && written.holds(range.last())
                    && written.last().index() >= range.last().index()) {
                world.network().sendRange(this, range, written);
            }
        });
    }

    // ---- apply lane

    private void applySoon() {
        if (applying || queuedApplies.isEmpty()) {
            return;
        }
        applying = true;
        int applyingLife = life;
        world.after(random.nextLong(1_000_000), () -> {
            if (life != applyingLife || !isUp()) {
                return;
            }
            applying = false;
            apply(queuedApplies.removeFirst());
            applySoon();
        });
    }

    private void apply(Effect.ForApply effect) {
        switch (effect) {
            case Effect.Apply apply -> applyEntries(apply.entries());
            case Effect.ApplyLogRange range ->
                applyEntries(written.range(range.first().index(), range.last().index()));
            case Effect.InstallSnapshot install -> {
                SimSnapshot snapshot = snapshots.get(install.meta().lastIncluded());
                RaftLedger.check(snapshot != null, id + " installs a snapshot that it does not have");
                if (snapshot != null) {
                    lastApplied = install.meta().lastIncluded().index();
                    lastAppliedId = install.meta().lastIncluded();
                    appliedConfiguration = install.meta().configuration();
                    stateHash = snapshot.stateHash();
                    lastSnapshotIndex = lastApplied;
                    enqueue(new Event.SnapshotInstalled(install.meta()));
                }
            }
        }
    }

    private void applyEntries(List<Entry> entries) {
        for (Entry entry : entries) {
            world.ledger().onApply(id, lastApplied, entry, durable);
            lastApplied = entry.index();
            lastAppliedId = entry.id();
            if (entry.kind() == EntryKind.CONFIGURATION) {
                appliedConfiguration = ConfigurationCodec.decode(entry.payload().bytes());
            }
            stateHash = (stateHash ^ entry.term()) * 0x9E3779B97F4A7C15L
                    + Arrays.hashCode(entry.payload().bytes());
            world.onApplied(entry.index(), stateHash);
        }
        proposalsInFlight.values().removeIf(appended -> {
            if (appended.index() > lastApplied) {
                return false;
            }
            Entry own = written.at(appended.index());
            if (own != null && own.term() == appended.term()) {
                world.ledger().observed(appended.index());
                world.onAcknowledged();
            }
            return true;
        });
        enqueue(new Event.Applied(lastApplied));
        maybeTakeSnapshot();
    }

    private void maybeTakeSnapshot() {
        if (lastApplied - lastSnapshotIndex < world.options().snapshotEveryEntries()) {
            return;
        }
        lastSnapshotIndex = lastApplied;
        SimSnapshot snapshot = new SimSnapshot(new SnapshotMeta(lastAppliedId, appliedConfiguration), stateHash);
        int takingLife = life;
        world.after(random.nextLong(20_000_000), () -> {
            if (life == takingLife && isUp()) {
                storeSnapshot(snapshot);
                enqueue(new Event.SnapshotTaken(snapshot.meta()));
            }
        });
    }

    private void onReadReady(Effect.ReadReady ready) {
        Long observedAtStart = readsInFlight.remove(ready.readId());
        if (observedAtStart != null) {
            world.ledger().onRead(id, ready.readIndex(), observedAtStart);
            world.ledger().observed(ready.readIndex());
        }
    }
}
