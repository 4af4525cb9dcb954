package io.gavel.server.api;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.raft.EntryId;
import io.gavel.raft.Payload;
import io.gavel.raft.RaftStatus.RoleName;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.ConfigurationChange;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.agent.NanoClock;
import io.gavel.server.api.ClusterView.MemberView;
import io.gavel.server.entry.Envelope;
import io.gavel.server.entry.Refusals;
import io.gavel.server.entry.v1.ClockEntry;
import io.gavel.server.entry.v1.Renewal;
import io.gavel.server.entry.v1.ServerCommand;
import io.gavel.server.state.StateListener;
import io.gavel.server.state.StateMachine;
import io.gavel.server.state.table.StateEvent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A cluster of one that forgets everything when it stops: proposals are applied at once, in order, to the real state
/// machine on one thread, which stands for all agents.
///
/// Time of the log stands still but for [#advance]. Faults: a full mailbox, no leader, a full disk, and held proposals,
/// which wait until [#letGo].
public final class SimConsensus implements ConsensusPort, ApplyTasks, StateListener, AutoCloseable {
    private static final long CLOCK_STEP_NANOS = 250_000_000;
    private static final NodeId SELF = new NodeId(1);
    private static final MemberUuid UUID = new MemberUuid(0, 1);

    private final ExecutorService agent = Executors.newSingleThreadExecutor(
            task -> Thread.ofPlatform().name("sim-agent").daemon(true).unstarted(task));
    private final NanoClock clock = NanoClock.system();
    private final StateMachine machine = new StateMachine(this);
    private final Map<Long, Consumer<@Nullable Error>> renewals = new HashMap<>();
    private final ArrayDeque<Runnable> held = new ArrayDeque<>();
    private final List<byte[]> proposed = new ArrayList<>();
    private final List<ConfigurationChange> changes = new ArrayList<>();
    private long index;
    private long renewalId;
    private @Nullable CommandResult result;
    private boolean holding;
    private volatile boolean full;
    private volatile boolean leaderless;
    private volatile boolean storageFull;
    private volatile List<MemberView> otherMembers = List.of();
    private volatile @Nullable Hearer hearer;

    /// What stands on the state machine.
    public interface Hearer extends TurnEnd {
        void onSessionEvent(long sessionId, SessionEvent event);

        void onEvents(long revision, List<StateEvent> events);

        void onCompacted(long oldestRevision);
    }

    public void tell(Hearer listener) {
        hearer = listener;
    }

    public StateMachine machine() {
        return machine;
    }

    public NanoClock clock() {
        return clock;
    }

    public MemberIdentity identity() {
        return new MemberIdentity(ByteString.copyFrom(new byte[16]), 1, SELF, UUID, "test");
    }

    public void fillMailbox(boolean isFull) {
        full = isFull;
    }

    public void loseLeader(boolean lost) {
        leaderless = lost;
        turn(() -> {});
    }

    public void fillDisk(boolean isFull) {
        storageFull = isFull;
    }

    public void addMembers(MemberView... others) {
        otherMembers = List.of(others);
    }

    /// Keeps proposals from being applied until [#letGo].
    public void hold() {
        onAgent(() -> holding = true);
    }

    public void letGo() {
        onAgent(() -> {
            holding = false;
            while (!held.isEmpty()) {
                held.remove().run();
            }
        });
    }

    /// Replicated time advances, by as many clock entries as it takes.
    public void advance(long nanos) {
        onAgent(() -> {
            for (long left = nanos; left > 0; left -= CLOCK_STEP_NANOS) {
                applyServer(ServerCommand.newBuilder()
                        .setClock(ClockEntry.newBuilder().setAdvanceNanos(Math.min(left, CLOCK_STEP_NANOS)))
                        .build());
            }
        });
    }

    /// Every envelope that was proposed, oldest first.
    public List<byte[]> proposed() {
        return onAgent(() -> List.copyOf(proposed));
    }

    public List<ConfigurationChange> changes() {
        return onAgent(() -> List.copyOf(changes));
    }

    /// Reads from the state machine on its thread.
    public <T> T read(Function<StateMachine, T> query) {
        return onAgent(() -> query.apply(machine));
    }

    @Override
    public boolean propose(byte[] envelope, long deadlineNanos, Consumer<CommandResult> done) {
        return submit(() -> {
            if (leaderless) {
                done.accept(CommandResult.newBuilder().setError(unavailable()).build());
                return;
            }
            proposed.add(envelope);
            Runnable apply = () -> done.accept(applied(envelope));
            if (holding) {
                held.add(apply);
            } else {
                apply.run();
            }
        });
    }

    @Override
    public boolean readIndex(long deadlineNanos, ReadDone done) {
        return submit(() -> done.done(leaderless ? unavailable() : null));
    }

    @Override
    public boolean renew(long sessionId, long proof, long deadlineNanos, Consumer<@Nullable Error> done) {
        return submit(() -> {
            if (leaderless) {
                done.accept(unavailable());
                return;
            }
            renewals.put(++renewalId, done);
            applyServer(ServerCommand.newBuilder()
                    .setClock(ClockEntry.newBuilder()
                            .addRenewals(Renewal.newBuilder()
                                    .setSessionId(sessionId)
                                    .setProof(proof)
                                    .setOriginMember(SELF.value())
                                    .setRenewalId(renewalId)))
                    .build());
        });
    }

    @Override
    public boolean changeMembership(ConfigurationChange change, long deadlineNanos, Consumer<@Nullable Error> done) {
        return submit(() -> {
            changes.add(change);
            done.accept(leaderless ? unavailable() : null);
        });
    }

    @Override
    public boolean transferLeadership(@Nullable NodeId to, long deadlineNanos, Consumer<@Nullable Error> done) {
        return submit(() -> done.accept(
                leaderless ? unavailable() : ApiErrors.unsafe("there is nobody to transfer leadership to")));
    }

    @Override
    public ClusterView.KnownLeader leader() {
        ClusterView view = view();
        return new ClusterView.KnownLeader(view.leader(), view.leaderEndpoint());
    }

    @Override
    public ClusterView view() {
        Member self = new Member(SELF, UUID, "sim:1");
        List<Member> voters = new ArrayList<>(List.of(self));
        List<MemberView> members = new ArrayList<>(List.of(new MemberView(SELF, UUID, "sim:0", "sim:1", true, true)));
        for (MemberView other : otherMembers) {
            members.add(other);
            voters.add(new Member(other.id(), other.uuid(), other.peerEndpoint()));
        }
        return new ClusterView(
                leaderless ? RoleName.FOLLOWER : RoleName.LEADER,
                1,
                leaderless ? null : SELF,
                leaderless ? "" : "sim:0",
                index,
                index,
                new Configuration(voters, List.of(), List.of()),
                members,
                new ClusterView.Condition(storageFull, null, 0));
    }

    /// Runs a task as one turn of the agent; false while the mailbox is full.
    @Override
    public boolean submit(Runnable task) {
        if (full) {
            return false;
        }
        turn(task);
        return true;
    }

    @Override
    public void onResult(EntryId entryId, long sessionId, long sequence, CommandResult commandResult) {
        result = commandResult;
    }

    @Override
    public void onRenewed(long sessionId, int originMember, long renewal, @Nullable Error error) {
        Consumer<@Nullable Error> done = renewals.remove(renewal);
        if (done != null) {
            done.accept(error);
        }
    }

    @Override
    public void onSessionEvent(long sessionId, SessionEvent event) {
        hearer(present -> present.onSessionEvent(sessionId, event));
    }

    @Override
    public void onEvents(long revision, List<StateEvent> events) {
        hearer(present -> present.onEvents(revision, events));
    }

    @Override
    public void onCompacted(long oldestRevision) {
        hearer(present -> present.onCompacted(oldestRevision));
    }

    @Override
    public void onTurnEnd() {
        hearer(TurnEnd::onTurnEnd);
    }

    @Override
    public void close() {
        agent.shutdownNow();
    }

    private void hearer(Consumer<Hearer> told) {
        Hearer present = hearer;
        if (present != null) {
            told.accept(present);
        }
    }

    private CommandResult applied(byte[] envelope) {
        result = null;
        machine.apply(new EntryId(1, ++index), Payload.wrap(envelope));
        CommandResult applied = result;
        if (applied == null) {
            throw new AssertionError("the state machine gave no result for entry " + index);
        }
        return applied;
    }

    private void applyServer(ServerCommand command) {
        machine.apply(new EntryId(1, ++index), Payload.wrap(Envelope.ofServer(1, command.toByteArray())));
    }

    private static Error unavailable() {
        return Refusals.notApplied(ErrorCode.UNAVAILABLE, "no leader").build();
    }

    private void turn(Runnable task) {
        agent.execute(() -> {
            task.run();
            onTurnEnd();
        });
    }

    private void onAgent(Runnable task) {
        onAgent(() -> {
            task.run();
            return true;
        });
    }

    private <T> T onAgent(Supplier<T> task) {
        try {
            return agent.submit(() -> {
                        T value = task.get();
                        onTurnEnd();
                        return value;
                    })
                    .get();
        } catch (InterruptedException | ExecutionException failed) {
            throw new AssertionError(failed);
        }
    }
}
