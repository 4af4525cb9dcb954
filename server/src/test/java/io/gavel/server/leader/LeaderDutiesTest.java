package io.gavel.server.leader;

import static io.gavel.server.leader.DigestTallyTest.at;
import static io.gavel.server.leader.DigestTallyTest.voters;
import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.raft.EntryId;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.entry.v1.AnnounceMember;
import io.gavel.server.entry.v1.Renewal;
import io.gavel.server.entry.v1.ServerCommand;
import io.gavel.server.leader.LeaderDuties.Duty;
import io.gavel.server.state.Checkpoint;
import io.gavel.server.state.Published;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

final class LeaderDutiesTest {
    private static final long INTERVAL = 250_000_000L;
    private static final NodeId SELF = new NodeId(1);

    private final SimState state = new SimState();
    private final List<ServerCommand> proposed = new ArrayList<>();
    private final LeaderDuties duties = new LeaderDuties(SELF, INTERVAL, state, (_, command) -> proposed.add(command));
    private long now;

    /// The applied state as a test sets it.
    private static final class SimState implements StateView {
        long applied = 10;
        int featureLevel = 1;
        boolean canExpire;
        boolean moreToExpire;
        long compactTo;
        long agreedIndex;
        SortedMap<Integer, AnnounceMember> announced = Collections.emptySortedMap();

        @Override
        public Published published() {
            EntryId last = new EntryId(1, applied);
            return new Published(last, 1, 0, 0, featureLevel, canExpire, moreToExpire, compactTo);
        }

        @Override
        public SortedMap<Integer, AnnounceMember> announced() {
            return announced;
        }

        @Override
        public List<Checkpoint> checkpoints() {
            return List.of();
        }

        @Override
        public long agreedCheckpointIndex() {
            return agreedIndex;
        }

        void announce(int member, int maxLevel) {
            TreeMap<Integer, AnnounceMember> more = new TreeMap<>(announced);
            more.put(
                    member,
                    AnnounceMember.newBuilder()
                            .setMemberId(member)
                            .setUuid(DigestTallyTest.member(member).uuid().toString())
                            .setMinFeatureLevel(1)
                            .setMaxFeatureLevel(maxLevel)
                            .build());
            announced = more;
        }
    }

    @BeforeEach
    void lead() {
        duties.onConfiguration(voters(3));
        duties.onElected(now);
    }

    private List<ServerCommand.KindCase> turn() {
        proposed.clear();
        duties.onTurnStart(now);
        return proposed.stream().map(ServerCommand::getKindCase).toList();
    }

    /// The entry of a duty got its place in the log and was applied.
    private void applied(Duty duty) {
        state.applied++;
        duties.onAppended(duty, new EntryId(1, state.applied));
    }

    @Nested
    class Time {
        @Test
        void goesOnWhileSomethingCanExpireAndCarriesTheRenewalsThatWaited() {
            state.canExpire = true;
            assertThat(turn()).isEmpty();
            assertThat(duties.nextDeadlineNanos()).isEqualTo(INTERVAL);
            assertThat(duties.offerRenewal(Renewal.newBuilder().setSessionId(7).build()))
                    .isTrue();
            now += INTERVAL;

            assertThat(turn()).containsExactly(ServerCommand.KindCase.CLOCK);
            assertThat(proposed.getFirst().getClock().getRenewalsList())
                    .extracting(Renewal::getSessionId)
                    .containsExactly(7L);
        }

        @Test
        void oneEntryAtATimeSoThatAClusterThatCannotCommitDoesNotFillItsLog() {
            state.canExpire = true;
            now += INTERVAL;
            assertThat(turn()).hasSize(1);
            now += 10 * INTERVAL;
            assertThat(turn()).isEmpty();
            duties.onAppended(Duty.CLOCK, new EntryId(1, 11));
            assertThat(turn()).isEmpty();
            assertThat(duties.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
            state.applied = 11;
            assertThat(turn()).hasSize(1);
        }

        @Test
        void aRefusedEntryIsDueAgain() {
            state.canExpire = true;
            now += INTERVAL;
            turn();
            duties.onRejected(Duty.CLOCK);
            now += INTERVAL;
            assertThat(turn()).hasSize(1);
        }

        @Test
        void aMemberThatDoesNotLeadProposesNothing() {
            duties.onDeposed();
            state.canExpire = true;
            state.moreToExpire = true;
            state.compactTo = 5;
            now += INTERVAL;
            assertThat(turn()).isEmpty();
            assertThat(duties.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
        }
    }

    @Test
    void theRestOfAnExpiryFollowsAtOnceButNotBesideAClockEntry() {
        state.canExpire = true;
        state.moreToExpire = true;
        assertThat(turn()).containsExactly(ServerCommand.KindCase.CONTINUE_EXPIRY);
        applied(Duty.EXPIRY);
        now += INTERVAL;
        assertThat(turn()).containsExactly(ServerCommand.KindCase.CLOCK);
    }

    @Test
    void historyIsCompactedToWhereTheStateAsksOnce() {
        state.compactTo = 500;
        assertThat(turn()).containsExactly(ServerCommand.KindCase.COMPACT_HISTORY);
        assertThat(proposed.getFirst().getCompactHistory().getRevision()).isEqualTo(500);
        assertThat(turn()).isEmpty();
        applied(Duty.COMPACTION);
        state.compactTo = 0;
        assertThat(turn()).isEmpty();
    }

    @Nested
    class Digests {
        @Test
        void aMajoritysDigestIsLoggedEvenAgainstTheLeadersOwn() {
            duties.onDigest(SELF, at(1_024, 666));
            duties.onDigest(new NodeId(2), at(1_024, 7));
            assertThat(turn()).isEmpty();
            duties.onDigest(new NodeId(3), at(1_024, 7));

            assertThat(turn()).containsExactly(ServerCommand.KindCase.DIGEST_VERDICT);
            assertThat(proposed.getFirst().getDigestVerdict().getDigest())
                    .isEqualTo(at(1_024, 7).digest().toBytes());
        }

        @Test
        void nothingIsWrittenWhileNoMajorityAgreesNotEvenTime() {
            state.canExpire = true;
            state.compactTo = 5;
            for (int member = 1; member <= 3; member++) {
                duties.onDigest(new NodeId(member), at(1_024, member));
            }
            now += INTERVAL;

            assertThat(turn()).isEmpty();
            assertThat(duties.dispute()).contains("index 1024").contains("[1, 2, 3]");
            assertThat(duties.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);

            duties.onDigest(new NodeId(3), at(1_024, 2));
            assertThat(turn()).contains(ServerCommand.KindCase.DIGEST_VERDICT);
            assertThat(duties.dispute()).isNull();
        }

        @Test
        void theOperatorsChoiceOfMembersEndsADispute() {
            for (int member = 1; member <= 3; member++) {
                duties.onDigest(new NodeId(member), at(1_024, member));
            }
            turn();
            assertThat(duties.dispute()).isNotNull();

            duties.onConfiguration(voters(1));

            assertThat(turn()).containsExactly(ServerCommand.KindCase.DIGEST_VERDICT);
            assertThat(duties.dispute()).isNull();
        }

        /// The operator replaced the member that differed; its number came back with another disk.
        @Test
        void whatAnEarlierLifeOfANumberHeldDoesNotCountForTheNextOne() {
            duties.onDigest(SELF, at(1_024, 7));
            duties.onDigest(new NodeId(3), at(1_024, 666));
            turn();
            assertThat(duties.dispute()).isNotNull();

            duties.onConfiguration(voters(2));
            duties.onDigest(new NodeId(3), at(1_024, 666));
            List<Member> members = new ArrayList<>(voters(2).voters());
            members.add(new Member(new NodeId(3), new MemberUuid(9, 9), "localhost:3"));
            duties.onConfiguration(Configuration.of(members));

            assertThat(turn()).isEmpty();
            assertThat(duties.dispute()).isNull();
            duties.onDigest(new NodeId(3), at(1_024, 7));
            assertThat(turn()).containsExactly(ServerCommand.KindCase.DIGEST_VERDICT);
        }

        @Test
        void aNewLeaderStartsWithoutReports() {
            for (int member = 1; member <= 3; member++) {
                duties.onDigest(new NodeId(member), at(1_024, member));
            }
            turn();
            duties.onDeposed();
            assertThat(duties.dispute()).isNull();
            duties.onElected(now);
            turn();
            assertThat(duties.dispute()).isNull();
        }

        @Test
        void whatTheLogHasSettledIsNotWeighedAgain() {
            state.agreedIndex = 1_024;
            for (int member = 1; member <= 3; member++) {
                duties.onDigest(new NodeId(member), at(1_024, member));
            }
            assertThat(turn()).isEmpty();
            assertThat(duties.dispute()).isNull();
        }
    }

    @Nested
    class Space {
        @Test
        void aMemberThatWasRemovedHasNoSayWhenItsNumberComesBack() {
            duties.onSpace(new NodeId(2), true);
            duties.onSpace(new NodeId(3), true);
            assertThat(duties.refusesGrowth()).isTrue();

            duties.onConfiguration(voters(1));
            duties.onSpace(new NodeId(2), true);
            duties.onConfiguration(voters(3));

            assertThat(duties.refusesGrowth()).isFalse();
        }

        @Test
        void oneFollowerWithoutRoomStopsNobody() {
            duties.onSpace(new NodeId(2), true);
            assertThat(duties.refusesGrowth()).isFalse();
        }

        @Test
        void aMajorityWithoutRoomStopsGrowthUntilOneHasRoomAgain() {
            duties.onSpace(new NodeId(2), true);
            duties.onSpace(new NodeId(3), true);
            assertThat(duties.refusesGrowth()).isTrue();
            assertThat(duties.shouldHandOver()).as("nobody could lead better").isFalse();
            duties.onSpace(new NodeId(3), false);
            assertThat(duties.refusesGrowth()).isFalse();
        }

        @Test
        void aLeaderWithoutRoomRefusesAndHandsOver() {
            duties.onSpace(SELF, true);
            assertThat(duties.refusesGrowth()).isTrue();
            assertThat(duties.shouldHandOver()).isTrue();
            assertThat(duties.hasRoom(new NodeId(2))).isTrue();
        }

        @Test
        void bothMajoritiesOfAJointConfigurationNeedRoom() {
            Configuration joint = new Configuration(
                    List.of(DigestTallyTest.member(1), DigestTallyTest.member(4), DigestTallyTest.member(5)),
                    voters(3).voters(),
                    List.of());
            duties.onConfiguration(joint);
            duties.onSpace(new NodeId(4), true);
            assertThat(duties.refusesGrowth()).isFalse();
            duties.onSpace(new NodeId(5), true);
            assertThat(duties.refusesGrowth()).isTrue();
        }

        @Test
        void onlyALeaderRefuses() {
            duties.onSpace(SELF, true);
            duties.onDeposed();
            assertThat(duties.refusesGrowth()).isFalse();
        }
    }

    @Nested
    class Levels {
        @Test
        void risesOnlyWhenEveryMemberSaidItCan() {
            state.announce(1, 3);
            state.announce(2, 2);
            assertThat(turn()).as("member 3 said nothing").isEmpty();
            state.announce(3, 1);
            assertThat(turn()).as("member 3 cannot").isEmpty();
            state.announce(3, 2);

            assertThat(turn()).containsExactly(ServerCommand.KindCase.RAISE_FEATURE_LEVEL);
            assertThat(proposed.getFirst().getRaiseFeatureLevel().getLevel()).isEqualTo(2);
            applied(Duty.LEVEL);
            state.featureLevel = 2;
            assertThat(turn()).isEmpty();
        }

        @Test
        void aLearnerHoldsItBackToo() {
            for (int member = 1; member <= 3; member++) {
                state.announce(member, 2);
            }
            duties.onConfiguration(
                    new Configuration(voters(3).voters(), List.of(), List.of(DigestTallyTest.member(4))));
            assertThat(turn()).isEmpty();
        }

        @Test
        void whatAnEarlierLifeOfAMemberSaidDoesNotCount() {
            for (int member = 1; member <= 3; member++) {
                state.announce(member, 2);
            }
            TreeMap<Integer, AnnounceMember> stale = new TreeMap<>(state.announced);
            stale.computeIfPresent(
                    3, (_, said) -> said.toBuilder().setUuid("another").build());
            state.announced = stale;
            assertThat(turn()).isEmpty();
        }

        @Test
        void neverFalls() {
            state.featureLevel = 2;
            for (int member = 1; member <= 3; member++) {
                state.announce(member, 1);
            }
            assertThat(turn()).isEmpty();
        }
    }
}
