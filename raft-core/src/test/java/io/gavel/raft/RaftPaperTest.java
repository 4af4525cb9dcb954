package io.gavel.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.raft.RaftStatus.RoleName;
import io.gavel.raft.quorum.NodeId;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// The sentences of the Raft paper and thesis that a reader would check first, each as a test of the core.
class RaftPaperTest {
    private final CoreFixture fixture = new CoreFixture();

    private CoreFixture threeWithLeader() {
        return fixture.run("cluster 3", "timeout 1", "settle");
    }

    private static Event from(int sender, Message message) {
        return new Event.Received(new NodeId(sender), message);
    }

    @Nested
    @DisplayName("§5.1 terms")
    class Terms {
        @Test
        void aStaleTermIsRefusedAndAnsweredWithTheNewer() {
            threeWithLeader();

            fixture.step(2, from(3, new Message.AppendEntries(0, EntryId.ZERO, List.of(), 0, 0)));

            assertThat(fixture.trace()).last().asString().contains("append-reply term=1 refused");
            assertThat(fixture.status(2).leader()).isEqualTo(new NodeId(1));
        }

        @Test
        void aLeaderThatMeetsANewerTermFollows() {
            threeWithLeader();

            fixture.step(1, from(2, new Message.AppendEntriesReply(7, false, EntryId.ZERO, 1)));

            assertThat(fixture.status(1).role()).isEqualTo(RoleName.FOLLOWER);
            assertThat(fixture.status(1).hardState()).isEqualTo(new HardState(7, null));
        }
    }

    @Nested
    @DisplayName("§5.2 election")
    class Election {
        @Test
        void aVoteAndItsRequestWaitForTheDisk() {
            fixture.run("cluster 3", "timeout 1", "deliver 1 2", "deliver 2 1");
            assertThat(fixture.trace()).noneMatch(line -> line.contains("request-vote"));

            fixture.run("persist 1", "deliver 1 2");
            assertThat(fixture.trace()).anyMatch(line -> line.contains("request-vote"));
            assertThat(fixture.trace()).noneMatch(line -> line.contains(" vote-reply term=1 granted"));

            fixture.run("persist 2");
            assertThat(fixture.trace()).anyMatch(line -> line.contains(" vote-reply term=1 granted"));
        }

        @Test
        void onlyOneVoteATerm() {
            fixture.run("cluster 3");

            fixture.step(3, from(1, new Message.RequestVote(1, EntryId.ZERO, false)));
            fixture.step(3, from(2, new Message.RequestVote(1, EntryId.ZERO, false)));

            assertThat(fixture.status(3).hardState()).isEqualTo(new HardState(1, new NodeId(1)));
            assertThat(fixture.trace()).last().asString().contains("-> 2 vote-reply term=1 refused");
        }

        @Test
        void aVoteSurvivesARestart() {
            fixture.run("cluster 3");
            fixture.step(3, from(1, new Message.RequestVote(1, EntryId.ZERO, false)));
            fixture.run("persist 3", "crash 3", "restart 3");

            fixture.step(3, from(2, new Message.RequestVote(1, EntryId.ZERO, false)));

            assertThat(fixture.status(3).hardState().votedFor()).isEqualTo(new NodeId(1));
        }

        @Test
        void anUnsyncedVoteThatACrashForgotWasNeverSent() {
            fixture.run("cluster 3");
            fixture.step(3, from(1, new Message.RequestVote(1, EntryId.ZERO, false)));

            fixture.run("crash 3", "restart 3");

            assertThat(fixture.status(3).hardState()).isEqualTo(HardState.INITIAL);
            assertThat(fixture.trace()).noneMatch(line -> line.contains(" vote-reply term=1 granted"));
        }
    }

    @Nested
    @DisplayName("§5.3 log replication")
    class LogReplication {
        @Test
        void aFollowerAcknowledgesOnlyWhatIsDurable() {
            threeWithLeader().run("propose 1 a", "deliver 1 2");
            assertThat(fixture.trace()).noneMatch(line -> line.contains("durable=1:2"));

            fixture.run("persist 2");

            assertThat(fixture.trace()).last().asString().contains("append-reply term=1 durable=1:2");
        }

        @Test
        void theLeaderCountsItselfOnlyWhenItsDiskHasAnswered() {
            threeWithLeader().run("propose 1 a", "cut 3", "stall 1", "deliver 1 2", "persist 2", "deliver 2 1");
            assertThat(fixture.status(1).commitIndex()).isEqualTo(1);

            fixture.run("heal", "persist 1");

            assertThat(fixture.status(1).commitIndex()).isEqualTo(2);
        }

        @Test
        void aMajorityOfFollowersCommitsWhileTheLeadersDiskIsBusy() {
            threeWithLeader().run("propose 1 a", "stall 1", "settle");

            assertThat(fixture.status(1).commitIndex()).isEqualTo(2);
            assertThat(fixture.applied(1)).isEmpty();
            assertThat(fixture.applied(2)).containsExactly("a");
        }

        @Test
        void aDelayedAppendDoesNotShortenTheLog() {
            threeWithLeader().run("propose 1 a", "settle", "propose 1 b", "settle");
            Entry first = fixture.durableEntry(1, 1);

            fixture.step(2, from(1, new Message.AppendEntries(1, EntryId.ZERO, List.of(first), 1, 0)));

            assertThat(fixture.status(2).lastEntry()).isEqualTo(new EntryId(1, 3));
        }

        @Test
        void aMissingEntryIsRefusedWithTheLastThatMayMatch() {
            threeWithLeader();

            fixture.step(2, from(1, new Message.AppendEntries(1, new EntryId(1, 9), List.of(), 0, 1)));

            assertThat(fixture.trace()).last().asString().contains("refused 9 hint=1:1");
        }
    }

    @Nested
    @DisplayName("§5.4.1 election restriction")
    class ElectionRestriction {
        @Test
        void aLogThatIsLessUpToDateGetsNoVote() {
            threeWithLeader().run("propose 1 a", "settle", "crash 1", "disconnect 2 1");

            fixture.step(2, from(3, new Message.RequestVote(2, new EntryId(1, 1), false)));

            assertThat(fixture.status(2).hardState()).isEqualTo(new HardState(2, null));
        }
    }

    @Nested
    @DisplayName("§5.4.2 committing entries of earlier terms (figure 8)")
    class CommittingEarlierTerms {
        @Test
        void anEntryOfAnEarlierTermIsNotCommittedByCounting() {
            fixture.run("cluster 3", "timeout 1", "settle", "cut 1", "propose 1 a", "persist 1", "heal");
            fixture.run("elapse 1 1100", "timeout 1", "elapse 2 1100", "elapse 3 1100", "drop 1 2", "drop 1 3");
            fixture.run("timeout 1", "timeout 1", "hold 2 1", "hold 3 1");
            while (fixture.status(1).role() != RoleName.LEADER) {
                fixture.run("deliver 1 2", "deliver 1 3", "persist 2", "persist 3", "deliver 2 1", "deliver 3 1");
                fixture.run("persist 1");
            }
            long term = fixture.status(1).hardState().currentTerm();
            assertThat(fixture.status(1).lastEntry()).isEqualTo(new EntryId(term, 3));

            fixture.step(1, from(2, new Message.AppendEntriesReply(term, true, new EntryId(1, 2), 0)));
            fixture.step(1, from(3, new Message.AppendEntriesReply(term, true, new EntryId(1, 2), 0)));
            assertThat(fixture.status(1).commitIndex()).isEqualTo(1);

            fixture.step(1, from(2, new Message.AppendEntriesReply(term, true, new EntryId(term, 3), 0)));
            fixture.step(1, from(3, new Message.AppendEntriesReply(term, true, new EntryId(term, 3), 0)));
            assertThat(fixture.status(1).commitIndex()).isEqualTo(3);
        }
    }

    @Nested
    @DisplayName("§6 membership, thesis §4")
    class Membership {
        @Test
        void aJointChangeNeedsBothMajorities() {
            fixture.run("cluster 2", "timeout 1", "settle", "join 3", "change 1 add-learner 3", "settle");
            fixture.run("change 1 replace 2 3", "cut 2", "settle");

            assertThat(fixture.status(1).configuration().isJoint()).isTrue();
            assertThat(fixture.status(1).commitIndex()).isEqualTo(2);

            fixture.run("heal", "elapse 1 100", "settle");
            assertThat(fixture.status(1).configuration().isJoint()).isFalse();
            assertThat(fixture.status(1).configuration().isVoter(new NodeId(2))).isFalse();
        }

        @Test
        void aConfigurationRevertsWhenItsEntryIsOverwritten() {
            threeWithLeader().run("cut 1", "change 1 remove 3", "persist 1");
            assertThat(fixture.status(1).configuration().isJoint()).isTrue();
            fixture.run("elapse 2 1100", "elapse 3 1100", "timeout 2", "settle");

            fixture.run("heal", "elapse 2 100", "settle");

            assertThat(fixture.status(1).configuration().voters()).hasSize(3);
            assertThat(fixture.status(1).configuration().isJoint()).isFalse();
        }

        @Test
        void aNewLeaderCompletesAnInheritedJointChange() {
            fixture.run("cluster 5", "timeout 1", "settle", "change 1 remove 5", "deliver 1 2", "persist 2", "crash 1");
            fixture.run("drop 1 3", "drop 1 4", "drop 1 5", "elapse 2 1100", "elapse 3 1100", "elapse 4 1100");

            fixture.run("timeout 2", "settle");

            assertThat(fixture.status(2).role()).isEqualTo(RoleName.LEADER);
            assertThat(fixture.status(2).configuration().isJoint()).isFalse();
            assertThat(fixture.status(2).configuration().voters()).hasSize(4);
        }

        @Test
        void aLearnerThatLagsIsNotPromoted() {
            threeWithLeader().run("join 4", "change 1 add-learner 4", "cut 4", "settle");
            fixture.run("change 1 promote 4");

            assertThat(fixture.trace()).last().asString().contains("LEARNER_NOT_CAUGHT_UP");
        }
    }

    @Nested
    @DisplayName("§8 and thesis §6.4: reads")
    class Reads {
        @Test
        void aReadWaitsForTheNoOpOfTheTerm() {
            fixture.run("cluster 3", "timeout 1", "deliver 1 2", "deliver 2 1", "persist 1", "deliver 1 2");
            fixture.run("persist 2", "deliver 2 1", "read 1 501", "deliver 1 2", "deliver 2 1");
            assertThat(fixture.status(1).role()).isEqualTo(RoleName.LEADER);
            assertThat(fixture.trace()).noneMatch(line -> line.contains("read-ready"));

            fixture.run("settle");

            assertThat(fixture.trace()).anyMatch(line -> line.contains("read-ready 501 at 1"));
        }

        @Test
        void aReadNeedsAQuorumOfThisRound() {
            threeWithLeader().run("cut 2", "cut 3", "read 1 501", "settle");

            assertThat(fixture.trace()).noneMatch(line -> line.contains("read-ready"));
        }

        @Test
        void aFollowersReadIsConfirmedByTheLeader() {
            threeWithLeader().run("propose 1 a", "settle", "read 2 501", "settle");

            assertThat(fixture.trace()).anyMatch(line -> line.contains("2 read-ready 501 at 2"));
        }

        @Test
        void aReadIsRefusedWhenLeadershipEnds() {
            threeWithLeader().run("cut 1", "read 1 501", "elapse 1 1200");

            assertThat(fixture.trace()).anyMatch(line -> line.contains("rejected 501 LEADERSHIP_LOST"));
        }
    }

    @Nested
    @DisplayName("thesis §6.2 and §9.6: check-quorum and pre-vote")
    class CheckQuorumAndPreVote {
        @Test
        void aLeaderWithoutAQuorumStepsDown() {
            threeWithLeader().run("cut 1", "elapse 1 1200");

            assertThat(fixture.status(1).role()).isEqualTo(RoleName.FOLLOWER);
        }

        @Test
        void anIsolatedMemberDoesNotRaiseItsTerm() {
            threeWithLeader().run("cut 3", "elapse 3 9000");

            assertThat(fixture.status(3).hardState().currentTerm()).isEqualTo(1);
        }

        @Test
        void aPreVoteThatIsWonAfterTheDiskStalledIsOfNoUseUntilTheDiskAnswers() {
            threeWithLeader().run("propose 1 a", "deliver 1 2", "crash 1", "drop 1 3", "disconnect 2 1");
            fixture.run("disconnect 3 1", "elapse 2 1100");
            assertThat(fixture.status(2).role()).isEqualTo(RoleName.PRE_CANDIDATE);

            fixture.run("deliver 2 3", "deliver 3 2");
            assertThat(fixture.status(2).hardState().currentTerm()).isEqualTo(1);

            fixture.run("persist 2", "elapse 2 2100", "settle");
            assertThat(fixture.status(2).role()).isEqualTo(RoleName.LEADER);
        }

        @Test
        void aVoteAskedForWhileALeaderLivesIsIgnored() {
            threeWithLeader();

            fixture.step(2, from(3, new Message.RequestVote(9, new EntryId(9, 9), false)));

            assertThat(fixture.status(2).hardState().currentTerm()).isEqualTo(1);
        }
    }
}
