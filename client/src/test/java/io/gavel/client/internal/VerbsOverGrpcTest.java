package io.gavel.client.internal;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.gavel.client.Bytes;
import io.gavel.client.GavelClient;
import io.gavel.client.config.ConfigChanges;
import io.gavel.client.config.ConfigDiff;
import io.gavel.client.config.ConfigNamespace;
import io.gavel.client.config.ConfigRelease;
import io.gavel.client.config.LiveConfig;
import io.gavel.client.election.Election;
import io.gavel.client.election.Leader;
import io.gavel.client.election.Leadership;
import io.gavel.client.error.ConflictException;
import io.gavel.client.error.InvalidArgumentException;
import io.gavel.client.error.LeadershipLostException;
import io.gavel.client.error.NotFoundException;
import io.gavel.client.error.Outcome;
import io.gavel.client.internal.core.SimServer;
import io.gavel.client.kv.Compare;
import io.gavel.client.kv.DeleteOptions;
import io.gavel.client.kv.Entry;
import io.gavel.client.kv.Guard;
import io.gavel.client.kv.KeyValue;
import io.gavel.client.kv.Op;
import io.gavel.client.kv.OpResult;
import io.gavel.client.kv.PutOptions;
import io.gavel.client.kv.RangeOptions;
import io.gavel.client.kv.RangeResult;
import io.gavel.client.kv.Txn;
import io.gavel.client.kv.TxnResult;
import io.gavel.client.lock.LockGrant;
import io.gavel.client.lock.LockStatus;
import io.gavel.client.session.Session;
import io.gavel.client.session.SessionState;
import io.gavel.client.session.SessionStatus;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What each verb asks and how its answer is shown, over real gRPC streams, in both forms. */
@Timeout(60)
class VerbsOverGrpcTest {
    private SimServer server;
    private GavelClient client;

    @BeforeEach
    void start() throws IOException {
        server = new SimServer();
        client = server.client().build();
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    private static <T> T of(CompletableFuture<T> future) throws Exception {
        try {
            return future.get(5, SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : e;
        }
    }

    @Test
    void aTransactionRunsThenIfEveryCompareHoldsAndElseOtherwise() throws Exception {
        KeyValue kv = client.kv();
        Entry entry = entry(kv, "a", "1");
        List<Compare> holding = List.of(
                Compare.version("a", 1),
                Compare.modRevision("a", entry.modRevision()),
                Compare.value("a", "1"),
                Compare.exists("a", true),
                Compare.exists("b", false),
                Compare.version("b", 0),
                new Compare.CreateRevision(Bytes.utf8("a"), Compare.Relation.EQUAL, entry.createRevision()),
                new Compare.Version(Bytes.utf8("a"), Compare.Relation.GREATER, 0),
                new Compare.ModRevision(Bytes.utf8("a"), Compare.Relation.LESS, entry.modRevision() + 1),
                new Compare.Value(Bytes.utf8("a"), Compare.Relation.NOT_EQUAL, Bytes.utf8("2")));
        List<Compare> failing = List.of(
                Compare.version("a", 2),
                Compare.modRevision("a", entry.modRevision() + 1),
                Compare.value("a", "2"),
                Compare.exists("a", false),
                new Compare.CreateRevision(Bytes.utf8("a"), Compare.Relation.NOT_EQUAL, entry.createRevision()),
                new Compare.Version(Bytes.utf8("a"), Compare.Relation.LESS, 1),
                new Compare.ModRevision(Bytes.utf8("a"), Compare.Relation.GREATER, entry.modRevision()));
        for (Compare compare : holding) {
            assertThat(succeeds(compare)).as("%s", compare).isTrue();
        }
        for (Compare compare : failing) {
            assertThat(succeeds(compare)).as("%s", compare).isFalse();
            assertThat(succeeds(holding.get(0), compare))
                    .as("not each of them holds")
                    .isFalse();
        }
    }

    private static Entry entry(KeyValue kv, String key, String value) {
        kv.put(key, value);
        return kv.get(key).entry().orElseThrow();
    }

    private boolean succeeds(Compare... compares) throws Exception {
        Txn txn = client.kv().txn().when(compares).then(Op.get("a")).otherwise(Op.get("nothing"), Op.get("nothing"));
        TxnResult result = of(txn.commitAsync());
        assertThat(result.results()).hasSize(result.succeeded() ? 1 : 2);
        return result.succeeded();
    }

    @Test
    void aTransactionAnswersEachOfItsOperationsInOrderAtOneRevision() {
        KeyValue kv = client.kv();
        kv.put("x/1", "one");
        kv.put("x/2", "two");
        TxnResult result = kv.txn()
                .then(
                        Op.put("y", "new"),
                        new Op.Put(Bytes.utf8("x/1"), Bytes.utf8("uno"), PutOptions.DEFAULT.withPrevious()),
                        new Op.Get(Bytes.utf8("x/"), true, 0),
                        new Op.Delete(Bytes.utf8("x/"), DeleteOptions.DEFAULT.withPrefix()),
                        Op.get("x/2"))
                .commit();
        assertThat(result.succeeded()).isTrue();
        assertThat(result.results()).hasSize(5);
        OpResult.Put fresh = (OpResult.Put) result.results().get(0);
        assertThat(fresh.result().version()).isEqualTo(1);
        assertThat(fresh.result().revision()).isEqualTo(result.revision());
        OpResult.Put replaced = (OpResult.Put) result.results().get(1);
        assertThat(replaced.result().previous().orElseThrow().valueText()).isEqualTo("one");
        OpResult.Get read = (OpResult.Get) result.results().get(2);
        assertThat(read.entries()).extracting(Entry::valueText).containsExactly("uno", "two");
        OpResult.Delete deleted = (OpResult.Delete) result.results().get(3);
        assertThat(deleted.result().deleted()).isEqualTo(2);
        assertThat(((OpResult.Get) result.results().get(4)).entries()).isEmpty();
        assertThat(kv.get("y").entry().orElseThrow().modRevision()).isEqualTo(result.revision());
    }

    @Test
    void aTransactionIsRefusedWhenAGuardDoesNotHold() throws Exception {
        LockGrant grant = client.locks().lock("l").acquire();
        Leadership leadership = client.elections().election("e").campaign("me");
        Guard.SessionAlive alive = new Guard.SessionAlive(grant.sessionId());
        assertThat(client.kv()
                        .txn()
                        .when(grant.guard(), leadership.guard(), alive)
                        .then(Op.put("k", "1"))
                        .commit()
                        .succeeded())
                .isTrue();
        for (Guard stale : List.of(
                new Guard.LockHeld("l", grant.fencingToken() - 1),
                new Guard.LeadershipHeld("e", grant.fencingToken()),
                new Guard.SessionAlive(grant.sessionId() + 1_000))) {
            Txn guarded = client.kv().txn().when(grant.guard(), stale).then(Op.put("k", "stale"));
            assertThatThrownBy(guarded::commit)
                    .isInstanceOfSatisfying(
                            ConflictException.class,
                            error -> assertThat(error.outcome()).isEqualTo(Outcome.NOT_APPLIED));
        }
        grant.release();
        Txn late = client.kv().txn().when(grant.guard()).then(Op.put("k", "late"));
        assertThatThrownBy(() -> of(late.commitAsync())).isInstanceOf(ConflictException.class);
        assertThatThrownBy(late::commit).isInstanceOf(IllegalStateException.class);
        assertThat(client.kv().get("k").text()).contains("1");
    }

    @Test
    void aTransactionOverItsLimitIsRefusedBeforeItIsSent() {
        Txn txn = client.kv().txn();
        for (int i = 0; i < 129; i++) {
            txn.then(Op.put("k" + i, "v"));
        }
        assertThatThrownBy(txn::commit)
                .isInstanceOfSatisfying(
                        InvalidArgumentException.class,
                        error -> assertThat(error.detail().field()).isEqualTo("txn"));
        assertThat(client.kv().count("k").count()).isZero();
    }

    @Test
    void rangesArePagedCountedAndDeleted() throws Exception {
        KeyValue kv = client.kv();
        for (int i = 0; i < 5; i++) {
            kv.put("p/" + i, "v" + i);
        }
        kv.put("q", "other");
        List<String> seen = new ArrayList<>();
        Bytes after = Bytes.EMPTY;
        boolean more = true;
        while (more) {
            RangeResult page = of(kv.rangeAsync(
                    Bytes.utf8("p/"),
                    RangeOptions.DEFAULT.withLimit(2).withAfter(after).withKeysOnly()));
            page.entries().forEach(entry -> {
                seen.add(entry.keyText());
                assertThat(entry.valueText()).isEmpty();
            });
            after = page.entries().get(page.entries().size() - 1).key();
            more = page.more();
        }
        assertThat(seen).containsExactly("p/0", "p/1", "p/2", "p/3", "p/4");
        assertThat(kv.count("p/").count()).isEqualTo(5);
        assertThat(of(kv.deleteAsync("p/0"))).isTrue();
        assertThat(kv.delete("p/0")).isFalse();
        assertThat(of(kv.rangeAsync("p/")).entries()).hasSize(4);
        assertThat(of(kv.compactAsync(3))).isNull();
    }

    @Test
    void releasesAreListedComparedAndRolledBack() throws Exception {
        ConfigNamespace shop = client.config().namespace("shop");
        assertThat(shop.get()).isEmpty();
        assertThat(of(shop.getAsync())).isEmpty();
        assertThatThrownBy(() -> shop.rollback(1, -1, "ana", "")).isInstanceOf(NotFoundException.class);
        shop.publish(ConfigChanges.set("a", "1").andSet("b", "1").by("ana", "first"));
        assertThat(of(shop.publishAsync(ConfigChanges.set("a", "2")
                        .andDelete("b")
                        .andSet("c", "1")
                        .withExpectedVersion(1))))
                .isEqualTo(2);
        assertThat(of(shop.getAsync(1)).orElseThrow().entries()).isEqualTo(Map.of("a", "1", "b", "1"));
        assertThat(shop.get(9)).isEmpty();
        ConfigDiff diff = of(shop.diffAsync(1, 2));
        assertThat(diff.added()).isEqualTo(Map.of("c", "1"));
        assertThat(diff.removed()).isEqualTo(Map.of("b", "1"));
        assertThat(diff.changed()).containsExactly(new ConfigDiff.Changed("a", "1", "2"));
        assertThat(shop.diff(1, 0)).isEqualTo(diff);

        assertThatThrownBy(() -> of(shop.rollbackAsync(1, 1, "ana", "too late")))
                .isInstanceOf(ConflictException.class);
        assertThat(shop.rollback(1, 2, "ana", "back")).isEqualTo(3);
        ConfigRelease back = shop.get().orElseThrow();
        assertThat(back.entries()).isEqualTo(Map.of("a", "1", "b", "1"));
        assertThat(back.author()).isEqualTo("ana");
        assertThat(back.message()).isEqualTo("back");
        assertThat(of(shop.historyAsync(10, 0)))
                .extracting(ConfigRelease::version)
                .containsExactly(3L, 2L, 1L);
        assertThat(shop.history(1, 3)).extracting(ConfigRelease::version).containsExactly(2L);

        client.config().namespace("shop/eu").publish(ConfigChanges.set("x", "1"));
        assertThat(of(client.config().listAsync("shop", "shop", 10)))
                .extracting(ConfigRelease::namespace)
                .containsExactly("shop/eu");
        assertThat(client.config().list("", "", 10)).hasSize(2);
    }

    @Test
    void aSchemaIsSetReadEnforcedAndRemoved() throws Exception {
        ConfigNamespace shop = client.config().namespace("shop");
        assertThat(shop.schema()).isEmpty();
        assertThat(of(shop.setSchemaAsync("limit", "ana"))).isEqualTo(1);
        assertThat(shop.schema().orElseThrow().schema()).isEqualTo("limit");
        assertThatThrownBy(() -> shop.publish(ConfigChanges.set("other", "1")))
                .isInstanceOf(InvalidArgumentException.class);
        assertThat(shop.publish(ConfigChanges.set("limit", "1"))).isEqualTo(1);
        assertThat(shop.get().orElseThrow().schemaVersion()).isEqualTo(1);
        assertThat(shop.setSchema("", "ana")).isEqualTo(2);
        assertThat(of(shop.schemaAsync())).as("removed").isEmpty();
        assertThat(shop.publish(ConfigChanges.replaceWith(Map.of("other", "1"))))
                .isEqualTo(2);
    }

    record Limits(int max) {
        Limits {
            if (max > 100) {
                throw new IllegalArgumentException("max is at most 100, not " + max);
            }
        }
    }

    @Test
    void aBindingIsMadeAsAFutureAndFailsWithTheReason() throws Exception {
        ConfigNamespace shop = client.config().namespace("shop");
        assertThatThrownBy(() -> shop.bind(Limits.class)).isInstanceOf(NotFoundException.class);
        shop.publish(ConfigChanges.set("max", "500"));
        assertThatThrownBy(() -> of(shop.bindAsync(Limits.class)))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("max is at most 100");
        shop.publish(ConfigChanges.set("max", "50"));
        try (LiveConfig<Limits> limits = of(shop.bindAsync(Limits.class))) {
            assertThat(limits.get()).isEqualTo(new Limits(50));
            List<String> changes = new CopyOnWriteArrayList<>();
            limits.onChange((before, now) -> changes.add(before.max() + "->" + now.max()));
            shop.publish(ConfigChanges.set("max", "101"));
            await().until(() -> limits.lastRejected().isPresent());
            assertThat(limits.get()).as("the last good value").isEqualTo(new Limits(50));
            assertThat(limits.version()).isEqualTo(2);
            shop.rollback(2, -1, "ana", "");
            await().until(() -> limits.lastRejected().isEmpty());
            assertThat(limits.version()).isEqualTo(4);
            shop.publish(ConfigChanges.set("max", "60"));
            await().untilAsserted(() -> assertThat(changes).containsExactly("50->60"));
        }
    }

    @Test
    void aLeaderProclaimsIsTransferredAndResigns() throws Exception {
        Election election = client.elections().election("e");
        assertThat(of(election.leaderAsync())).isEmpty();
        Leadership first = election.campaign("one");
        of(first.proclaimAsync("uno"));
        assertThat(first.proposal()).isEqualTo("uno");
        assertThat(of(election.leaderAsync()).map(Leader::proposal)).contains("uno");
        try (GavelClient other = server.client().build()) {
            CompletableFuture<Leadership> second =
                    other.elections().election("e").campaignAsync("two");
            await().until(() -> election.describe().candidates().size() == 1);
            long candidate = of(election.describeAsync()).candidates().get(0).session();
            of(election.transferAsync(candidate, false));
            Leadership elected = of(second);
            await().until(() -> !first.isHeld());
            assertThat(elected.fencingToken()).isGreaterThan(first.fencingToken());
            assertThatThrownBy(() -> first.proclaim("late")).isInstanceOf(LeadershipLostException.class);
            assertThatThrownBy(() -> of(first.resignAsync())).isInstanceOf(LeadershipLostException.class);
            assertThatThrownBy(() -> election.transfer(candidate, false)).isInstanceOf(NotFoundException.class);
            assertThat(of(election.campaignAsync("three", Duration.ofMillis(50))))
                    .isEmpty();
            assertThat(of(elected.resignAsync())).isTrue();
            assertThat(election.leader()).isEmpty();
        }
        assertThat(of(client.elections().listAsync("", "", 10))).hasSize(1);
    }

    @Test
    void locksAreListedAndForcedFree() throws Exception {
        LockGrant grant = client.locks().lock("jobs/a").acquire();
        client.locks().lock("jobs/b").acquire();
        assertThat(of(client.locks().listAsync("jobs/", "jobs/a", 10)))
                .extracting(LockStatus::name)
                .containsExactly("jobs/b");
        assertThat(of(client.locks().lock("jobs/a").describeAsync()).holders()).hasSize(1);
        assertThat(of(client.locks().lock("jobs/a").tryAcquireAsync())).isEmpty();
        assertThat(of(client.locks().forceReleaseAsync("jobs/a", grant.fencingToken(), false)))
                .isTrue();
        await().until(() -> !grant.isHeld());
        assertThat(client.locks().forceRelease("jobs/a", 0, false)).isFalse();
    }

    @Test
    void aFurtherSessionIsDescribedEvictedAndTellsItsStatesInOrder() throws Exception {
        Session own = of(client.sessions().currentAsync());
        Session further = client.sessions().open(Duration.ofSeconds(30));
        assertThat(further.id()).isNotEqualTo(own.id());
        GavelClient view = client.withSession(further);
        LockGrant grant = view.locks().lock("l").acquire();
        assertThat(grant.sessionId()).isEqualTo(further.id());
        assertThat(of(client.sessions().listAsync(own.id(), 10)))
                .extracting(SessionStatus::id)
                .containsExactly(further.id());
        assertThat(of(client.sessions().describeAsync(further.id()))
                        .orElseThrow()
                        .ttl())
                .isEqualTo(Duration.ofSeconds(30));
        List<SessionState> states = new CopyOnWriteArrayList<>();
        further.onState(states::add);
        of(client.sessions().evictAsync(further.id(), false));
        await().untilAsserted(() -> assertThat(states).containsExactly(SessionState.EXPIRED));
        assertThat(further.ended().toCompletableFuture().get(5, SECONDS)).isEqualTo(SessionState.EXPIRED);
        assertThat(grant.isHeld()).isFalse();
        assertThat(client.sessions().describe(further.id())).isEmpty();
        assertThatThrownBy(() -> view.kv().put("k", "v"))
                .isInstanceOf(io.gavel.client.error.SessionExpiredException.class);
        assertThatThrownBy(() -> client.sessions().evict(further.id(), false)).isInstanceOf(NotFoundException.class);

        Session third = of(client.sessions().openAsync(Duration.ofSeconds(30)));
        of(third.closeAsync());
        assertThat(third.state()).isEqualTo(SessionState.CLOSED);
        assertThat(server.liveSessions()).isEqualTo(1);
    }
}
