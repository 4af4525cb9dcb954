package io.gavel.server.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.raft.Effect;
import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.EntryKind;
import io.gavel.raft.Payload;
import io.gavel.raft.SnapshotMeta;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.agent.Mailbox;
import io.gavel.server.consensus.ApplyInput.ExpectedRead;
import io.gavel.server.state.SnapshotCut;
import io.gavel.server.state.StateListener;
import io.gavel.server.state.table.StateEvent;
import io.gavel.server.storage.SkippedEntries;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ApplyAgentTest {
    private final List<@Nullable Error> served = new ArrayList<>();
    private final SimSnapshots snapshots = new SimSnapshots();

    /// A member loads a large snapshot for a minute while its clients read and renew in each turn.
    @Test
    void clientsAreRefusedWhileTheStateIsNotAppliedAndEntriesAreNot() throws IOException {
        ApplyAgent agent = agent();
        ApplyInput.AwaitApplied read =
                new ApplyInput.AwaitApplied(1, List.of(new ExpectedRead(Long.MAX_VALUE, served::add)));
        int taken = 0;
        for (int turn = 0; turn < 300_000; turn++) {
            taken += agent.offer(read) ? 1 : 0;
        }
        assertThat(taken).isEqualTo(ApplyAgent.MAX_INPUTS_FOR_CLIENTS);

        Entry entry = new Entry(new EntryId(1, 1), EntryKind.NO_OP, Payload.EMPTY);
        agent.submit(new ApplyInput.Work(new Effect.Apply(List.of(entry))));
        while (agent.published().lastApplied().index() == 0) {
            agent.doWork(0);
        }

        assertThat(served).hasSize(taken).containsOnlyNulls();
        assertThat(agent.offer(read)).isTrue();
    }

    /// A backup must hold what was acknowledged before it was asked for.
    @Test
    void aSnapshotThatIsAskedForWhileOneIsTakenHoldsWhatWasAppliedMeanwhile() throws IOException {
        ApplyAgent agent = agent();
        List<String> heard = new ArrayList<>();
        apply(agent, 1);
        agent.takeSnapshot((taken, _) -> heard.add("first: " + taken));
        apply(agent, 2);
        agent.takeSnapshot((taken, _) -> heard.add("second: " + taken));
        agent.takeSnapshot((_, problem) -> heard.add("third: " + problem));
        assertThat(heard).isEmpty();

        snapshots.end(null);
        assertThat(heard).containsExactly("first: " + meta(1));
        agent.doWork(0);
        apply(agent, 3);
        snapshots.end("no space");

        assertThat(heard).containsExactly("first: " + meta(1), "second: null", "third: no space");
        assertThat(snapshots.begun).containsExactly(meta(1), meta(2));
        assertThat(agent.doWork(0)).isZero();
    }

    private static void apply(ApplyAgent agent, long index) {
        Entry entry = new Entry(new EntryId(1, index), EntryKind.NO_OP, Payload.EMPTY);
        agent.submit(new ApplyInput.Work(new Effect.Apply(List.of(entry))));
        agent.doWork(0);
    }

    private static SnapshotMeta meta(long index) {
        return new SnapshotMeta(new EntryId(1, index), Configuration.EMPTY);
    }

    private ApplyAgent agent() throws IOException {
        return new ApplyAgent(
                new ApplyAgent.Setup(
                        new NodeId(1),
                        new SnapshotMeta(EntryId.ZERO, Configuration.EMPTY),
                        null,
                        SkippedEntries.NONE,
                        Long.MAX_VALUE,
                        16),
                new ApplyAgent.Ports(
                        new ConsensusInbox(new Mailbox.Limits(16, 1 << 20), () -> {}),
                        (_, last, _) -> {
                            throw new IOException("no entry " + last + " is asked for");
                        },
                        snapshots,
                        new SimListener()),
                () -> {});
    }

    /// Each snapshot is taken until the test ends it.
    private static final class SimSnapshots implements StateSnapshots {
        private final List<SnapshotMeta> begun = new ArrayList<>();
        private final ArrayDeque<Consumer<@Nullable String>> running = new ArrayDeque<>();

        void end(@Nullable String problem) {
            running.remove().accept(problem);
        }

        @Override
        public boolean take(SnapshotCut cut, SnapshotMeta meta, Consumer<@Nullable String> whenDone) {
            cut.close();
            begun.add(meta);
            return running.add(whenDone);
        }

        @Override
        public StoredState open(SnapshotMeta meta) throws IOException {
            throw new IOException("there is no snapshot of " + meta.lastIncluded());
        }

        @Override
        public void distrustAfter(long index) {}
    }

    private static final class SimListener implements StateListener {
        @Override
        public void onResult(EntryId entryId, long sessionId, long sequence, CommandResult result) {}

        @Override
        public void onRenewed(long sessionId, int originMember, long renewalId, @Nullable Error error) {}

        @Override
        public void onSessionEvent(long sessionId, SessionEvent event) {}

        @Override
        public void onEvents(long revision, List<StateEvent> events) {}

        @Override
        public void onCompacted(long oldestRevision) {}

        @Override
        public void onTurnEnd() {}
    }
}
