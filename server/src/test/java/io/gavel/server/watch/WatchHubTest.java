package io.gavel.server.watch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.KeyWatch;
import io.gavel.protocol.v1.WatchEvent;
import io.gavel.protocol.v1.WatchRequest;
import io.gavel.protocol.v1.WatchResponse;
import io.gavel.protocol.v1.WatchResponse.KindCase;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// The incidents of other systems' watches (etcd #15271, #18089, #19179, #20221), and rule 35.
class WatchHubTest {
    private static final WatchLimits LIMITS = new WatchLimits(3, 10_000, 64, 1_000, 400, 5_000, 100, 2, 1_000, 100);

    private final AtomicInteger wakes = new AtomicInteger();
    private final WatchHub hub = new WatchHub(SimCommits.INCARNATION, LIMITS, wakes::incrementAndGet);
    private final SimCommits commits = new SimCommits(hub);
    private long now;

    private static WatchRequest.Builder prefix(String prefix) {
        return WatchRequest.newBuilder()
                .setKeys(KeyWatch.newBuilder()
                        .setKey(ByteString.copyFromUtf8(prefix))
                        .setPrefix(true));
    }

    private SimWatcher open(WatchRequest.Builder request, int room) {
        return open(request, room, 0);
    }

    private SimWatcher open(WatchRequest.Builder request, int room, long notBefore) {
        SimWatcher watcher = new SimWatcher(request.build(), commits);
        watcher.room = room;
        watcher.subscription = hub.open(watcher.request, notBefore, watcher);
        work();
        return watcher;
    }

    private void work() {
        while (hub.doWork(now) > 0) {
            // Until nothing is left to do.
        }
    }

    private void put(String key, int bytes) {
        commits.put(key, "x".repeat(bytes)).commitAndPublish();
        work();
    }

    private static List<KindCase> kinds(SimWatcher watcher) {
        return watcher.received.stream().map(WatchResponse::getKindCase).toList();
    }

    private static boolean afterGap(SimWatcher watcher) {
        return watcher.received.stream()
                .anyMatch(message -> message.getSnapshot().getAfterGap());
    }

    @Test
    void beginsWithASnapshotAndGoesOnWithTheNextRevision() {
        put("a", 1);
        SimWatcher watcher = open(prefix(""), 10);
        put("b", 1);
        assertThat(kinds(watcher)).containsExactly(KindCase.SNAPSHOT, KindCase.PROGRESS, KindCase.EVENTS);
        assertThat(afterGap(watcher)).isFalse();
        assertThat(watcher.seen).isEqualTo(2);
    }

    @Test
    void neverSplitsARevision() {
        SimWatcher watcher = open(prefix("").setFromRevision(1), 10);
        for (int i = 0; i < 20; i++) {
            commits.put("k" + i, "x".repeat(100));
        }
        commits.commitAndPublish();
        work();
        assertThat(watcher.received.getLast().getEvents().getEventsList()).hasSize(20);
    }

    @Test
    void resumesFromARevisionThatTheRingHasForgotten() {
        for (int i = 0; i < 100; i++) {
            put("k" + i % 10, 10);
        }
        SimWatcher watcher = open(prefix("").setFromRevision(5), 100);
        assertThat(watcher.seen).isEqualTo(100);
        assertThat(kinds(watcher)).doesNotContain(KindCase.SNAPSHOT);
    }

    @Test
    void resumesAtTheCompactionRevisionAndAtItsNeighbours() {
        for (int i = 0; i < 100; i++) {
            put("k" + i % 10, 10);
            if (i == 20) {
                commits.delete("k5").commitAndPublish();
            }
        }
        commits.keys.compact(30);
        assertThat(kinds(open(prefix("").setFromRevision(31), 100))).doesNotContain(KindCase.SNAPSHOT);
        assertThat(afterGap(open(prefix("").setFromRevision(30), 100))).isTrue();
        assertThat(afterGap(open(prefix("").setFromRevision(29), 100))).isTrue();
        assertThat(commits.keys.pinned()).isZero();
    }

    @Test
    void losesNoDeleteWhenItIsCompacted() {
        put("a", 1);
        SimWatcher watcher = open(prefix(""), 1);
        commits.delete("a").commitAndPublish();
        put("b", 1);
        commits.keys.compact(3);
        watcher.giveRoom(10);
        work();
        assertThat(watcher.received.stream()
                        .flatMap(message -> message.getEvents().getEventsList().stream())
                        .map(WatchEvent::getType))
                .contains(WatchEvent.Type.DELETE);
    }

    @Test
    void givesASlowWatcherAMarkedSnapshotAndNobodyElse() {
        SimWatcher slow = open(prefix("").setFromRevision(1), 0);
        SimWatcher fast = open(prefix("").setFromRevision(1), 1_000);
        for (int i = 0; i < 30; i++) {
            put("k" + i % 3, 100);
        }
        slow.giveRoom(100);
        work();
        assertThat(afterGap(slow)).isTrue();
        assertThat(slow.seen).isEqualTo(30);
        assertThat(kinds(fast)).doesNotContain(KindCase.SNAPSHOT);
        assertThat(fast.seen).isEqualTo(30);
    }

    @Test
    void keepsAStuckWatcherThatNothingConcernsAtNoCost() {
        SimWatcher watcher = open(prefix("quiet/").setFromRevision(1), 0);
        for (int i = 0; i < 200; i++) {
            put("noisy", 100);
        }
        watcher.giveRoom(10);
        work();
        assertThat(kinds(watcher)).containsExactly(KindCase.PROGRESS);
        assertThat(watcher.seen).isEqualTo(200);
    }

    @Test
    void isNeverAheadOfUndeliveredEventsWithItsProgress() {
        SimWatcher watcher = open(prefix("").setFromRevision(1), 1);
        put("a", 430);
        put("b", 430);
        now += 1_000;
        work();
        assertThat(watcher.seen)
                .as("what room there was took the first progress")
                .isZero();
        watcher.giveRoom(1);
        now += 1_000;
        work();
        assertThat(watcher.seen).isEqualTo(1);
        watcher.giveRoom(5);
        work();
        assertThat(watcher.seen).isEqualTo(2);
    }

    @Test
    void tellsAQuietWatcherHowFarItHasCome() {
        SimWatcher watcher = open(prefix("quiet/").setFromRevision(1), 10);
        put("noisy", 1);
        assertThat(hub.nextDeadlineNanos()).isEqualTo(100);
        now = 100;
        work();
        assertThat(watcher.received.getLast().getProgress()).isEqualTo(1);
        int messages = watcher.received.size();
        now = 300;
        work();
        assertThat(watcher.received).as("nothing new, nothing said").hasSize(messages);
    }

    @Test
    void waitsForARevisionThatThisMemberHasNotApplied() {
        SimWatcher ahead = open(prefix("").setFromRevision(3).setIncarnation(SimCommits.INCARNATION), 10);
        put("a", 1);
        put("b", 1);
        assertThat(ahead.received).isEmpty();
        put("c", 1);
        assertThat(ahead.received.getFirst().getEvents().getEvents(0).getRevision())
                .isEqualTo(3);
    }

    @Test
    void answersNothingBeforeTheMemberHasComeFarEnough() {
        put("a", 1);
        SimWatcher watcher = open(prefix(""), 10, 2);
        assertThat(watcher.received).isEmpty();
        put("b", 1);
        assertThat(watcher.received.getFirst().getSnapshot().getRevision()).isEqualTo(2);
    }

    @Test
    void givesAWatcherOfAnotherIncarnationAMarkedSnapshot() {
        put("a", 1);
        SimWatcher watcher = open(prefix("").setFromRevision(1).setIncarnation(6), 10);
        assertThat(afterGap(watcher)).isTrue();
    }

    /// A client that lives on while its cluster is made anew asks for revisions that are far away.
    @Test
    void givesAWatcherOfAnotherIncarnationsFutureAMarkedSnapshotToo() {
        put("a", 1);
        SimWatcher keys = open(prefix("").setFromRevision(5_000).setIncarnation(3), 10);
        SimWatcher namespace = open(
                WatchRequest.newBuilder()
                        .setConfigNamespace("n")
                        .setFromRevision(5_000)
                        .setIncarnation(3),
                10);
        put("b", 1);
        assertThat(kinds(keys)).containsExactly(KindCase.SNAPSHOT, KindCase.PROGRESS, KindCase.EVENTS);
        assertThat(afterGap(keys)).isTrue();
        assertThat(afterGap(namespace)).isTrue();
    }

    @Test
    void showsTheCurrentLeaderFirstAndThenEachChange() {
        commits.leader("e", true).commitAndPublish();
        SimWatcher watcher = open(WatchRequest.newBuilder().setElection("e"), 10);
        assertThat(watcher.received.getFirst().getSnapshot().getLeader().getToken())
                .isEqualTo(1);
        commits.leader("e", false).commitAndPublish();
        commits.leader("other", true).commitAndPublish();
        commits.leader("e", true).commitAndPublish();
        work();
        assertThat(watcher.received.getLast().getEvents().getEventsList())
                .extracting(event -> event.getLeader().getToken())
                .containsExactly(0L, 4L);
    }

    @Test
    void resumesANamespaceThatHadNoReleaseMeanwhileWithoutASnapshot() {
        commits.release("ns").commitAndPublish();
        for (int i = 0; i < 100; i++) {
            put("noise", 10);
        }
        SimWatcher nothingMissed =
                open(WatchRequest.newBuilder().setConfigNamespace("ns").setFromRevision(2), 10);
        assertThat(kinds(nothingMissed)).containsExactly(KindCase.PROGRESS);
        SimWatcher missed =
                open(WatchRequest.newBuilder().setConfigNamespace("ns").setFromRevision(1), 10);
        assertThat(afterGap(missed)).isTrue();
    }

    @Test
    void goesOnAfterTheMemberInstalledASnapshot() {
        put("a", 1);
        SimWatcher watcher = open(prefix(""), 100);
        commits.detach();
        put("b", 1);
        put("c", 1);
        commits.restart();
        work();
        put("d", 1);
        assertThat(watcher.seen).isEqualTo(4);
        assertThat(afterGap(watcher)).as("the versions are still there").isFalse();
    }

    @Test
    void sendsARevisionThatIsTooLargeAsASnapshot() {
        SimWatcher watcher = open(prefix("").setFromRevision(1), 100);
        for (int i = 0; i < 60; i++) {
            commits.put("k" + i, "x".repeat(100));
        }
        commits.commitAndPublish();
        work();
        assertThat(afterGap(watcher)).isTrue();
        assertThat(watcher.seen).isEqualTo(1);
        assertThat(watcher.received.stream().filter(WatchResponse::hasSnapshot).count())
                .isGreaterThan(5);
    }

    @Test
    void givesUpOnAWatcherThatHoldsHistoryForTooLong() {
        for (int i = 0; i < 30; i++) {
            put("k" + i, 100);
        }
        SimWatcher watcher = open(prefix(""), 1);
        assertThat(commits.keys.pinned()).isEqualTo(1);
        now = 2_000;
        work();
        var ended = watcher.ended;
        assertThat(ended == null ? null : ended.getCode()).isEqualTo(ErrorCode.OVERLOADED);
        assertThat(commits.keys.pinned()).isZero();
        assertThat(hub.openWatches()).isZero();
    }

    @Test
    void refusesMoreWatchersThanItsLimit() {
        for (int i = 0; i < 3; i++) {
            open(prefix(""), 1);
        }
        SimWatcher fourth = open(prefix(""), 1);
        assertThat(fourth.subscription).isNull();
        assertThat(hub.openWatches()).isEqualTo(3);
    }

    @Test
    void deliversNothingAfterACancellation() {
        SimWatcher watcher = open(prefix(""), 10);
        int messages = watcher.received.size();
        Subscription subscription = watcher.subscription;
        assertThat(subscription).isNotNull();
        if (subscription != null) {
            subscription.cancel();
        }
        put("a", 1);
        assertThat(watcher.received).hasSize(messages);
        assertThat(hub.openWatches()).isZero();
    }

    @Test
    void wakesNobodyForEventsThatNobodyWatches() {
        int before = wakes.get();
        commits.put("a", "1").commitAndPublish();
        assertThat(wakes.get()).isEqualTo(before);
    }

    @Test
    void refusesARequestWithoutATarget() {
        assertThat(WatchHub.check(WatchRequest.getDefaultInstance())).isNotNull();
        assertThat(WatchHub.check(prefix("").build())).isNull();
        assertThat(WatchHub.check(WatchRequest.newBuilder()
                        .setKeys(KeyWatch.getDefaultInstance())
                        .build()))
                .isNotNull();
    }
}
