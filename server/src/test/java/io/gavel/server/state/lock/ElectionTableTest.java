package io.gavel.server.state.lock;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.Campaign;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.ElectionListQuery;
import io.gavel.protocol.v1.ElectionQuery;
import io.gavel.protocol.v1.ElectionState;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.Holder;
import io.gavel.protocol.v1.Proclaim;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.TransferElection;
import io.gavel.protocol.v1.Waiter;
import io.gavel.protocol.v1.WaiterQuery;
import io.gavel.server.entry.RequestLimits;
import io.gavel.server.state.table.StateEvent;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ElectionTableTest {
    private static final String E = "controller";

    private final SimCluster cluster = new SimCluster();
    private final long alice = cluster.open(10_000);
    private final long bob = cluster.open(10_000);
    private final long carol = cluster.open(10_000);

    private long leads(CommandResult result) {
        assertThat(result.hasGrant()).as("%s", result).isTrue();
        return result.getGrant().getToken();
    }

    private Waiter waits(CommandResult result) {
        assertThat(result.hasQueued()).as("%s", result).isTrue();
        return result.getQueued().getWaiter();
    }

    private ErrorCode refused(CommandResult result) {
        assertThat(result.hasError()).as("%s", result).isTrue();
        return result.getError().getCode();
    }

    private ElectionState election() {
        return cluster.read(Query.newBuilder()
                        .setElection(ElectionQuery.newBuilder().setName(E))
                        .build())
                .getElection();
    }

    /// The leaders that watchers saw, by session; 0 = nobody.
    private List<Long> seen() {
        return cluster.published.stream()
                .map(item -> leader(item.event()))
                .map(leader -> leader == null ? 0L : leader.getSessionId())
                .toList();
    }

    private static @Nullable Holder leader(StateEvent event) {
        return ((StateEvent.LeaderChanged) event).leader();
    }

    private CommandResult proclaim(long session, long token, String proposal) {
        return cluster.execute(
                session,
                Command.newBuilder()
                        .setProclaim(Proclaim.newBuilder()
                                .setName(E)
                                .setToken(token)
                                .setProposal(ByteString.copyFromUtf8(proposal)))
                        .build());
    }

    private CommandResult transfer(long session, long to, long token, boolean now) {
        return cluster.transfer(
                session,
                TransferElection.newBuilder()
                        .setName(E)
                        .setToSession(to)
                        .setToken(token)
                        .setNow(now));
    }

    @Test
    void electsTheFirstCandidateAndTheNextWhenItResigns() {
        long token = leads(cluster.campaign(alice, E, "a:1"));
        waits(cluster.campaign(bob, E, "b:1"));
        assertThat(election().getLeader().getProposal().toStringUtf8()).isEqualTo("a:1");
        assertThat(election().getCandidateCount()).isEqualTo(1);
        assertThat(cluster.resign(alice, E, token).getRelease().getReleased()).isTrue();
        assertThat(election().getLeader().getOwner()).isEqualTo("client-" + bob);
        assertThat(seen()).containsExactly(alice, bob);
    }

    @Test
    void showsWatchersEachChangeOnceInOrderOneARevision() {
        long first = leads(cluster.campaign(alice, E, "a"));
        proclaim(alice, first, "a2");
        proclaim(alice, first, "a2");
        waits(cluster.campaign(bob, E, "b"));
        cluster.resign(alice, E, first);
        cluster.close(bob);
        assertThat(seen()).containsExactly(alice, alice, bob, 0L);
        assertThat(cluster.published)
                .extracting(SimCluster.Published::revision)
                .isSorted()
                .doesNotHaveDuplicates();
        assertThat(cluster.elections.stateBytes()).isZero();
    }

    @Test
    void neverShowsALowerTokenAfterAHigherOne() {
        // I30, over expiry, resignation and a forgotten election.
        for (int round = 0; round < 3; round++) {
            long brief = cluster.open(1_000);
            long token = leads(cluster.campaign(brief, E, "x"));
            assertThat(cluster.leads(E, token)).isTrue();
            cluster.advance(1_000);
            long next = leads(cluster.campaign(alice, E, "y"));
            cluster.renew(alice);
            cluster.resign(alice, E, next);
        }
        List<Long> tokens = cluster.published.stream()
                .map(item -> leader(item.event()))
                .filter(Objects::nonNull)
                .map(Holder::getToken)
                .toList();
        assertThat(tokens).hasSize(6).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void handsOverToANamedCandidateAtOnceWhenTheLeaderItselfAsks() {
        long token = leads(cluster.campaign(alice, E, "a"));
        waits(cluster.campaign(bob, E, "b"));
        waits(cluster.campaign(carol, E, "c"));
        assertThat(transfer(alice, carol, token, false).hasDone()).isTrue();
        assertThat(seen()).containsExactly(alice, carol);
        assertThat(cluster.leads(E, token)).isFalse();
        assertThat(election().getCandidates(0).getWaiter().getSessionId()).isEqualTo(bob);
    }

    @Test
    void letsTheNamedCandidateWaitForALeaderThatDidNotAsk() {
        long token = leads(cluster.campaign(alice, E, "a"));
        waits(cluster.campaign(bob, E, "b"));
        Waiter named = waits(cluster.campaign(carol, E, "c"));
        transfer(0, carol, 0, false);
        assertThat(cluster.leads(E, token)).isFalse();
        assertThat(cluster.lastTold(alice).getLost().getError().getCode()).isEqualTo(ErrorCode.LEADERSHIP_LOST);
        assertThat(seen()).containsExactly(alice, 0L);
        cluster.confirmLoss(alice, E, token, true);
        assertThat(seen()).containsExactly(alice, 0L, carol);
        assertThat(cluster.read(Query.newBuilder()
                                .setWaiter(WaiterQuery.newBuilder()
                                        .setName(E)
                                        .setElection(true)
                                        .setWaiter(named))
                                .build())
                        .getWaiter()
                        .hasGranted())
                .isTrue();
    }

    @Test
    void skipsTheWaitWhenAnOperatorSaysNowAndTellsTheLoserFirst() {
        leads(cluster.campaign(alice, E, "a"));
        waits(cluster.campaign(bob, E, "b"));
        transfer(0, bob, 0, true);
        assertThat(seen()).containsExactly(alice, bob);
        assertThat(cluster.told).extracting(SimCluster.Told::sessionId).containsExactly(alice, bob);
        assertThat(cluster.told.getFirst().event().hasLost()).isTrue();
    }

    @Test
    void grantsTheCandidateAfterTheNamedOneIfThatOneDiesWhileItWaits() {
        leads(cluster.campaign(alice, E, "a"));
        waits(cluster.campaign(bob, E, "b"));
        long brief = cluster.open(1_000);
        waits(cluster.campaign(brief, E, "x"));
        transfer(0, brief, 0, false);
        cluster.advance(1_000);
        cluster.close(alice);
        assertThat(seen()).containsExactly(alice, 0L, bob);
    }

    @Test
    void refusesATransferToSomeoneWhoIsNoCandidateAndChangesNothing() {
        long token = leads(cluster.campaign(alice, E, "a"));
        waits(cluster.campaign(bob, E, "b"));
        assertThat(refused(transfer(0, carol, 0, true))).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(refused(transfer(bob, bob, token, false))).isEqualTo(ErrorCode.CONFLICT);
        assertThat(refused(transfer(alice, bob, token + 1, false))).isEqualTo(ErrorCode.LEADERSHIP_LOST);
        assertThat(refused(cluster.transfer(
                        0, TransferElection.newBuilder().setName("none").setToSession(bob))))
                .isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(cluster.leads(E, token)).isTrue();
    }

    @Test
    void refusesAProclamationOfADeposedLeader() {
        long token = leads(cluster.campaign(alice, E, "a"));
        waits(cluster.campaign(bob, E, "b"));
        transfer(alice, bob, token, false);
        CommandResult result = proclaim(alice, token, "late");
        assertThat(refused(result)).isEqualTo(ErrorCode.LEADERSHIP_LOST);
        assertThat(result.getError().getHolderSession()).isEqualTo(bob);
        assertThat(election().getLeader().getProposal().toStringUtf8()).isEqualTo("b");
    }

    @Test
    void hasAtMostOneLeaderThroughLossAndReconnectionAtEveryStep() {
        // curator #1211, #1137, #1169: the same client comes back with a new session at each step of the recipe.
        long first = leads(cluster.campaign(alice, E, "old"));
        long again = cluster.open(10_000);
        waits(cluster.campaign(again, E, "new"));
        cluster.evict(alice, false);
        assertThat(cluster.leads(E, first)).isFalse();
        assertThat(election().hasLeader())
                .as("the old client may still believe")
                .isFalse();
        assertThat(refused(cluster.transfer(
                        0, TransferElection.newBuilder().setName(E).setToSession(alice))))
                .isEqualTo(ErrorCode.NOT_FOUND);
        cluster.advance(9_999);
        cluster.renew(again);
        cluster.advance(1);
        assertThat(election().getLeader().getSessionId()).isEqualTo(again);
        assertThat(cluster.resign(alice, E, first).getRelease().getReleased()).isFalse();
        assertThat(election().getLeader().getSessionId()).isEqualTo(again);
        assertThat(seen()).containsExactly(alice, 0L, again);
    }

    @Test
    void withdrawsACandidateAndACandidateThatWasElectedMeanwhile() {
        leads(cluster.campaign(alice, E, "a"));
        Waiter gone = waits(cluster.campaign(bob, E, "b"));
        Waiter elected = waits(cluster.campaign(carol, E, "c"));
        cluster.withdraw(bob, E, gone, true);
        cluster.close(alice);
        assertThat(election().getLeader().getSessionId()).isEqualTo(carol);
        assertThat(cluster.withdraw(carol, E, elected, true).getRelease().getWasGranted())
                .isTrue();
        assertThat(seen()).containsExactly(alice, carol, 0L);
    }

    @Test
    void refusesAProposalOverTheLimit() {
        CommandResult result = cluster.execute(
                alice,
                Command.newBuilder()
                        .setCampaign(Campaign.newBuilder()
                                .setName(E)
                                .setProposal(ByteString.copyFrom(new byte[RequestLimits.PROPOSAL_BYTES + 1])))
                        .build());
        assertThat(result.getError().getField()).isEqualTo("proposal");
        assertThat(result.getError().getLimit()).isEqualTo("65536");
    }

    @Test
    void restoresTheLeaderWithoutAnnouncingItAgain() {
        long token = leads(cluster.campaign(alice, E, "a"));
        waits(cluster.campaign(bob, E, "b"));
        waits(cluster.campaign(carol, E, "c"));
        transfer(0, carol, 0, false);
        cluster.restoreFromSnapshot();
        cluster.confirmLoss(alice, E, token, true);
        cluster.restoreFromSnapshot();
        cluster.close(bob);
        assertThat(seen()).containsExactly(alice, 0L, carol);
        assertThat(cluster.elections.holdings(carol)).containsExactly("election/" + E);
    }

    @Test
    void listsElectionsByName() {
        leads(cluster.campaign(alice, "b", ""));
        leads(cluster.campaign(alice, "a", ""));
        assertThat(cluster.read(Query.newBuilder()
                                .setElectionList(ElectionListQuery.getDefaultInstance())
                                .build())
                        .getElectionList()
                        .getElectionsList())
                .extracting(ElectionState::getName)
                .containsExactly("a", "b");
    }
}
