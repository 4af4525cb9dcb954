package io.gavel.server.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.Outcome;
import io.gavel.raft.EntryId;
import io.gavel.raft.Payload;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.consensus.ClientWaiters.Waiter;
import io.gavel.server.transport.PeerMessage.ControlRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Rules 6 and 8: everybody who waits is answered once, with the outcome that is known.
final class ClientWaitersTest {
    private static final NodeId SELF = new NodeId(1);
    private static final NodeId OTHER = new NodeId(2);

    private final ClientWaiters waiters = new ClientWaiters();
    private final List<CommandResult> results = new ArrayList<>();
    private final List<@Nullable Error> answers = new ArrayList<>();

    private ClientRequest.Propose command(long deadline) {
        return new ClientRequest.Propose(Payload.wrap(new byte[1]), deadline, results::add);
    }

    private ClientRequest.Read read(long deadline) {
        return new ClientRequest.Read(deadline, answers::add);
    }

    private Waiter.ForwardedControl transferTo(@Nullable NodeId to) {
        return new Waiter.ForwardedControl(
                new ClientRequest.Control(new ControlRequest.TransferLeadership(to), 100, answers::add));
    }

    @Test
    void aWaiterIsFoundByItsNumberOnce() {
        long id = waiters.add(new Waiter.Local(command(5)));
        assertThat(waiters.remove(id)).isInstanceOf(Waiter.Local.class);
        assertThat(waiters.remove(id)).isNull();
    }

    @Test
    void whatWasForwardedMayHaveHappenedWhatWasOnlyReadHasNot() {
        waiters.add(new Waiter.Forwarded(command(100)));
        waiters.add(new Waiter.Reads(new ArrayList<>(List.of(read(100)))));

        waiters.onLeaderChanged(null, SELF);

        assertThat(results).extracting(result -> result.getError().getOutcome()).containsExactly(Outcome.UNKNOWN);
        assertThat(answers)
                .extracting(error -> Objects.requireNonNull(error).getOutcome())
                .containsExactly(Outcome.NOT_APPLIED);
        waiters.onLeaderChanged(OTHER, SELF);
        assertThat(results).as("once").hasSize(1);
    }

    @Test
    void aTransferIsJudgedWhenTheNextLeaderIsKnown() {
        waiters.add(new Waiter.Transfer(OTHER, 100, answers::add));
        waiters.add(transferTo(OTHER));
        waiters.add(transferTo(new NodeId(3)));

        waiters.onLeaderChanged(null, SELF);
        assertThat(answers).isEmpty();
        waiters.onLeaderChanged(OTHER, SELF);

        assertThat(answers).hasSize(3);
        assertThat(answers.subList(0, 2)).containsOnlyNulls();
        assertThat(answers.get(2)).isNotNull();
    }

    @Test
    void aTransferToANamedMemberFailedWhenAnotherLeads() {
        waiters.add(new Waiter.Transfer(new NodeId(3), 100, answers::add));
        waiters.add(new Waiter.Transfer(null, 100, answers::add));

        waiters.onLeaderChanged(OTHER, SELF);

        assertThat(Objects.requireNonNull(answers.getFirst()).getOutcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(answers.getLast()).as("any other would do").isNull();
    }

    @Test
    void anAnnouncementThatNobodyAnswersIsForgottenWhenItIsRepeated() {
        long id = waiters.add(new Waiter.Announcement(20));
        waiters.expire(20);
        assertThat(waiters.remove(id)).isNull();
    }

    @Test
    void aTransferThatCameBackHereFailed() {
        waiters.add(new Waiter.Transfer(null, 100, answers::add));
        waiters.onLeaderChanged(SELF, SELF);
        assertThat(Objects.requireNonNull(answers.getFirst()).getCode()).isEqualTo(ErrorCode.FAILED_PRECONDITION);
    }

    @Test
    void aChangeIsDoneWhenItsLastConfigurationIsCommitted() {
        Member member = new Member(SELF, new MemberUuid(1, 1), "localhost:1");
        Configuration simple = Configuration.of(List.of(member));
        Configuration joint = new Configuration(List.of(member), List.of(member), List.of());
        waiters.add(new Waiter.Change(new EntryId(1, 7), 100, answers::add));
        waiters.add(new Waiter.Change(null, 100, answers::add));

        waiters.onConfigurationCommitted(6, simple);
        waiters.onConfigurationCommitted(7, joint);
        assertThat(answers).isEmpty();
        waiters.onConfigurationCommitted(8, simple);

        assertThat(answers).as("not the one that has no entry yet").hasSize(1).containsOnlyNulls();
    }

    @Test
    void deadlinesAreKeptEachForItself() {
        waiters.add(new Waiter.Forwarded(command(50)));
        waiters.add(new Waiter.Reads(new ArrayList<>(List.of(read(20), read(90)))));
        assertThat(waiters.nextDeadlineNanos()).isEqualTo(20);

        assertThat(waiters.expire(19)).isZero();
        waiters.expire(20);
        assertThat(answers).hasSize(1);
        assertThat(waiters.nextDeadlineNanos()).isEqualTo(50);
        waiters.expire(60);

        assertThat(results).extracting(result -> result.getError().getCode()).containsExactly(ErrorCode.DEADLINE);
        assertThat(results.getFirst().getError().getOutcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(waiters.nextDeadlineNanos()).isEqualTo(90);
        waiters.expire(90);
        assertThat(answers).hasSize(2);
        assertThat(waiters.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
    }
}
