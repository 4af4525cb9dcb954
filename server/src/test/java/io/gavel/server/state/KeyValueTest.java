package io.gavel.server.state;

import static io.gavel.server.state.LogDriver.bytes;
import static io.gavel.server.state.LogDriver.delete;
import static io.gavel.server.state.LogDriver.put;
import static io.gavel.server.state.LogDriver.putOf;
import static io.gavel.server.state.LogDriver.txn;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Compact;
import io.gavel.protocol.v1.Compare;
import io.gavel.protocol.v1.CountQuery;
import io.gavel.protocol.v1.Delete;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.GetQuery;
import io.gavel.protocol.v1.KeyValue;
import io.gavel.protocol.v1.Outcome;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.RangeQuery;
import io.gavel.protocol.v1.ReadOperation;
import io.gavel.protocol.v1.Txn;
import io.gavel.protocol.v1.TxnOperation;
import io.gavel.protocol.v1.TxnResult;
import io.gavel.server.entry.v1.ClusterSettings;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class KeyValueTest {
    private final LogDriver driver = new LogDriver();

    private static Command deletePrefix(String prefix) {
        return Command.newBuilder()
                .setDelete(Delete.newBuilder().setKey(bytes(prefix)).setPrefix(true))
                .build();
    }

    private static Command compact(long revision) {
        return Command.newBuilder()
                .setCompact(Compact.newBuilder().setRevision(revision))
                .build();
    }

    private static TxnOperation putOperation(String key, String value) {
        return TxnOperation.newBuilder().setPut(putOf(key, value)).build();
    }

    private static TxnOperation deleteOperation(String key, boolean prefix) {
        return TxnOperation.newBuilder()
                .setDelete(Delete.newBuilder().setKey(bytes(key)).setPrefix(prefix))
                .build();
    }

    private static TxnOperation getOperation(String key) {
        return TxnOperation.newBuilder()
                .setGet(ReadOperation.newBuilder().setKey(bytes(key)))
                .build();
    }

    private static Compare compareVersion(String key, long version) {
        return Compare.newBuilder().setKey(bytes(key)).setVersion(version).build();
    }

    private static void assertRefused(CommandResult result, String field, String limit, String value) {
        Error error = result.getError();
        assertThat(error.getCode()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(error.getOutcome()).isEqualTo(Outcome.NOT_APPLIED);
        assertThat(error.getField()).isEqualTo(field);
        assertThat(error.getLimit()).isEqualTo(limit);
        assertThat(error.getValue()).isEqualTo(value);
    }

    @Nested
    class Versions {
        @Test
        void countFromTheKeysBeginning() {
            driver.execute(put("a", "1"));
            driver.execute(put("b", "1"));
            driver.execute(put("a", "2"));
            KeyValue a = driver.get("a");
            assertThat(a.getCreateRevision()).isEqualTo(1);
            assertThat(a.getModRevision()).isEqualTo(3);
            assertThat(a.getVersion()).isEqualTo(2);
            driver.execute(delete("a"));
            driver.execute(put("a", "3"));
            KeyValue again = driver.get("a");
            assertThat(again.getCreateRevision()).isEqualTo(5);
            assertThat(again.getVersion()).isEqualTo(1);
        }

        @Test
        void whatChangesNothingTakesNoRevision() {
            driver.execute(put("a", "1"));
            assertThat(driver.execute(delete("missing")).getRevision()).isEqualTo(1);
            assertThat(driver.execute(deletePrefix("missing")).getRevision()).isEqualTo(1);
            assertThat(driver.execute(put(putOf("a", "2").setIfVersion(9))).getRevision())
                    .isEqualTo(1);
            assertThat(driver.execute(txn(Txn.newBuilder().addThen(getOperation("a"))))
                            .getRevision())
                    .isEqualTo(1);
            driver.clock(250);
            assertThat(driver.machine.published().revision()).isEqualTo(1);
        }

        @Test
        void everyRevisionStaysReadable() {
            driver.execute(put("a", "1"));
            driver.execute(put("a", "2"));
            driver.execute(delete("a"));
            driver.execute(put("a", "4"));
            assertThat(driver.getAt("a", 1).getValue()).isEqualTo(bytes("1"));
            assertThat(driver.getAt("a", 2).getValue()).isEqualTo(bytes("2"));
            assertThat(driver.getAt("a", 3)).isEqualTo(KeyValue.getDefaultInstance());
            assertThat(driver.getAt("a", 4).getValue()).isEqualTo(bytes("4"));
        }

        @Test
        void returnsWhatItReplaced() {
            driver.execute(put("a", "1"));
            KeyValue before = driver.get("a");
            assertThat(driver.execute(put(putOf("a", "2").setReturnPrevious(true)))
                            .getPut()
                            .getPrevious())
                    .isEqualTo(before);
            CommandResult deleted = driver.execute(Command.newBuilder()
                    .setDelete(Delete.newBuilder().setKey(bytes("a")).setReturnPrevious(true))
                    .build());
            assertThat(deleted.getDelete().getPrevious(0).getValue()).isEqualTo(bytes("2"));
        }
    }

    @Nested
    class Conditions {
        @Test
        void aConflictTellsWhatIsThere() {
            driver.execute(put("a", "1"));
            driver.execute(put("a", "2"));
            Error error = driver.execute(put(putOf("a", "3").setIfVersion(1))).getError();
            assertThat(error.getCode()).isEqualTo(ErrorCode.CONFLICT);
            assertThat(error.getCurrentVersion()).isEqualTo(2);
            assertThat(error.getCurrentModRevision()).isEqualTo(2);
            assertThat(driver.execute(put(putOf("a", "3").setIfModRevision(2))).hasPut())
                    .isTrue();
        }

        @Test
        void versionZeroMeansAbsent() {
            assertThat(driver.execute(put(putOf("a", "1").setIfVersion(0))).hasPut())
                    .isTrue();
            assertThat(driver.execute(put(putOf("a", "1").setIfVersion(0))).hasError())
                    .isTrue();
            driver.execute(delete("a"));
            assertThat(driver.execute(put(putOf("a", "1").setIfVersion(0))).hasPut())
                    .isTrue();
        }

        @Test
        void aDeleteMayHaveConditions() {
            driver.execute(put("a", "1"));
            Delete.Builder delete = Delete.newBuilder().setKey(bytes("a"));
            assertThat(driver.execute(Command.newBuilder()
                                    .setDelete(delete.setIfVersion(2))
                                    .build())
                            .getError()
                            .getCurrentVersion())
                    .isEqualTo(1);
            assertThat(driver.execute(Command.newBuilder()
                                    .setDelete(delete.setIfVersion(1))
                                    .build())
                            .getDelete()
                            .getDeleted())
                    .isEqualTo(1);
        }
    }

    @Nested
    class Transactions {
        @Test
        void takeOneRevisionAndOneBranch() {
            driver.execute(put("a", "1"));
            Txn.Builder txn = Txn.newBuilder()
                    .addCompares(compareVersion("a", 1))
                    .addThen(putOperation("a", "then"))
                    .addThen(putOperation("b", "then"))
                    .addOtherwise(putOperation("c", "otherwise"));
            CommandResult first = driver.execute(txn(txn));
            assertThat(first.getTxn().getSucceeded()).isTrue();
            assertThat(first.getRevision()).isEqualTo(2);
            assertThat(driver.get("a").getModRevision()).isEqualTo(2);
            assertThat(driver.get("b").getModRevision()).isEqualTo(2);
            assertThat(driver.listener.events.get(2L)).hasSize(2);
            assertThat(driver.execute(txn(txn)).getTxn().getSucceeded()).isFalse();
            assertThat(driver.get("c").getValue()).isEqualTo(bytes("otherwise"));
        }

        @Test
        void readTheStateBeforeThem() {
            driver.execute(put("a", "old"));
            TxnResult result = driver.execute(txn(
                            Txn.newBuilder().addThen(putOperation("a", "new")).addThen(getOperation("a"))))
                    .getTxn();
            assertThat(result.getResults(1).getGet().getEntries(0).getValue()).isEqualTo(bytes("old"));
        }

        @Test
        void changeAKeyOnceOnly() {
            for (Txn.Builder twice : new Txn.Builder[] {
                Txn.newBuilder().addThen(putOperation("a", "1")).addThen(putOperation("a", "2")),
                Txn.newBuilder().addThen(putOperation("a", "1")).addThen(deleteOperation("a", false)),
                Txn.newBuilder().addThen(putOperation("ab", "1")).addThen(deleteOperation("a", true)),
                Txn.newBuilder().addOtherwise(deleteOperation("a", true)).addOtherwise(deleteOperation("ab", true)),
            }) {
                Error error = driver.execute(txn(twice)).getError();
                assertThat(error.getMessage()).contains("once only");
            }
            assertThat(driver.machine.published().revision()).isZero();
        }

        @Test
        void aConflictInOneOperationRefusesAll() {
            CommandResult result = driver.execute(txn(Txn.newBuilder()
                    .addThen(putOperation("a", "1"))
                    .addThen(TxnOperation.newBuilder().setPut(putOf("b", "1").setIfVersion(3)))));
            assertThat(result.getError().getCode()).isEqualTo(ErrorCode.CONFLICT);
            assertThat(driver.exists("a")).isFalse();
        }

        @Test
        void compareEveryTarget() {
            driver.execute(put("a", "m"));
            assertHolds(true, Compare.newBuilder().setExists(true));
            assertHolds(false, Compare.newBuilder().setExists(true).setRelation(Compare.Relation.NOT_EQUAL));
            assertHolds(true, Compare.newBuilder().setValue(bytes("z")).setRelation(Compare.Relation.LESS));
            assertHolds(true, Compare.newBuilder().setValue(bytes("b")).setRelation(Compare.Relation.GREATER));
            assertHolds(false, Compare.newBuilder().setValue(bytes("b")));
            assertHolds(true, Compare.newBuilder().setCreateRevision(1));
            assertHolds(true, Compare.newBuilder().setModRevision(5).setRelation(Compare.Relation.LESS));
            driver.execute(delete("a"));
            assertHolds(true, Compare.newBuilder().setVersion(0));
            assertHolds(true, Compare.newBuilder().setValue(bytes("")).setRelation(Compare.Relation.NOT_EQUAL));
            assertHolds(false, Compare.newBuilder().setValue(bytes("z")).setRelation(Compare.Relation.LESS));
            assertHolds(false, Compare.newBuilder().setValue(bytes("")));
        }

        private void assertHolds(boolean holds, Compare.Builder compare) {
            assertThat(driver.execute(txn(Txn.newBuilder().addCompares(compare.setKey(bytes("a")))))
                            .getTxn()
                            .getSucceeded())
                    .isEqualTo(holds);
        }

        @Test
        void aResultTooLargeIsRefusedBeforeAnyEffect() {
            ByteString large = ByteString.copyFrom(new byte[600 << 10]);
            driver.execute(put(putOf("a", "").setValue(large)));
            driver.execute(put(putOf("b", "").setValue(large)));
            CommandResult result = driver.execute(txn(Txn.newBuilder()
                    .addThen(putOperation("c", "1"))
                    .addThen(getOperation("a"))
                    .addThen(getOperation("b"))));
            assertThat(result.getError().getField()).isEqualTo("result bytes");
            assertThat(driver.exists("c")).isFalse();
            CommandResult deleted = driver.execute(Command.newBuilder()
                    .setDelete(Delete.newBuilder().setPrefix(true).setReturnPrevious(true))
                    .build());
            assertThat(deleted.getError().getField()).isEqualTo("result bytes");
            assertThat(driver.exists("a")).isTrue();
        }
    }

    @Nested
    class Limits {
        @Test
        void nameFieldLimitAndValue() {
            assertRefused(driver.execute(put("", "v")), "put.key", "1", "0");
            assertRefused(driver.execute(put("k".repeat(1_025), "v")), "put.key", "1024", "1025");
            assertRefused(
                    driver.execute(put(putOf("k", "").setValue(ByteString.copyFrom(new byte[(1 << 20) + 1])))),
                    "put.value",
                    "1048576",
                    "1048577");
            assertRefused(
                    driver.execute(put(putOf("k", "v").setTtlMillis(86_400_001))),
                    "put.ttl_millis",
                    "86400000",
                    "86400001");
            assertRefused(
                    driver.execute(put(putOf("k", "v").setEphemeral(true))), "put.ephemeral", "a session", "none");
            Txn.Builder txn = Txn.newBuilder();
            for (int i = 0; i < 129; i++) {
                txn.addThen(getOperation("k" + i));
            }
            assertRefused(driver.execute(txn(txn)), "txn operations", "128", "129");
            assertThat(driver.machine.published().revision()).isZero();
        }

        @Test
        void theLargestAllowedIsAllowed() {
            assertThat(driver.execute(
                                    put(putOf("k".repeat(1_024), "").setValue(ByteString.copyFrom(new byte[1 << 20]))))
                            .hasPut())
                    .isTrue();
        }

        @Test
        void stateBytesAreAQuotaThatDeletesRelieve() {
            driver.change(ClusterSettings.newBuilder().setMaxStateBytes(1_000));
            driver.execute(put("a", "x".repeat(500)));
            Error error = driver.execute(put("b", "x".repeat(500))).getError();
            assertThat(error.getCode()).isEqualTo(ErrorCode.OVERLOADED);
            assertThat(error.getField()).isEqualTo("state bytes");
            assertThat(driver.execute(put("a", "smaller")).hasPut()).isTrue();
            driver.execute(delete("a"));
            assertThat(driver.execute(put("b", "x".repeat(500))).hasPut()).isTrue();
        }

        @Test
        void ephemeralKeysOfASessionAreAQuota() {
            driver.change(ClusterSettings.newBuilder().setMaxKeysPerSession(2));
            long session = driver.open(10_000);
            driver.execute(session, put(putOf("a", "v").setEphemeral(true)));
            driver.execute(session, put(putOf("b", "v").setEphemeral(true)));
            assertThat(driver.execute(session, put(putOf("c", "v").setEphemeral(true)))
                            .getError()
                            .getCode())
                    .isEqualTo(ErrorCode.OVERLOADED);
            assertThat(driver.execute(session, put(putOf("b", "w").setEphemeral(true)))
                            .hasPut())
                    .isTrue();
            driver.execute(session, put("a", "mine no more"));
            assertThat(driver.execute(session, put(putOf("c", "v").setEphemeral(true)))
                            .hasPut())
                    .isTrue();
        }

        @Test
        void aPrefixDeleteIsBounded() {
            driver.change(ClusterSettings.newBuilder().setMaxPrefixDeleteKeys(3));
            for (int i = 0; i < 4; i++) {
                driver.execute(put("p" + i, "v"));
            }
            assertThat(driver.execute(deletePrefix("p")).getError().getField()).isEqualTo("keys deleted by prefix");
            driver.execute(delete("p0"));
            assertThat(driver.execute(deletePrefix("p")).getDelete().getDeleted())
                    .isEqualTo(3);
        }
    }

    @Nested
    class Ranges {
        @Test
        void pageThroughAPrefixAtOneRevision() {
            for (int i = 0; i < 5; i++) {
                driver.execute(put("p/" + i, "v" + i));
            }
            driver.execute(put("q", "outside"));
            QueryResult first =
                    driver.range(RangeQuery.newBuilder().setPrefix(bytes("p/")).setLimit(2));
            driver.execute(delete("p/3"));
            assertThat(first.getRange().getMore()).isTrue();
            QueryResult second = driver.range(RangeQuery.newBuilder()
                    .setPrefix(bytes("p/"))
                    .setAfter(bytes("p/1"))
                    .setLimit(10)
                    .setAtRevision(first.getRevision()));
            assertThat(second.getRange().getEntriesList())
                    .extracting(each -> each.getKey().toStringUtf8())
                    .containsExactly("p/2", "p/3", "p/4");
            assertThat(second.getRange().getMore()).isFalse();
        }

        @Test
        void aPageHasAtMostAMebibyte() {
            ByteString large = ByteString.copyFrom(new byte[400 << 10]);
            for (int i = 0; i < 4; i++) {
                driver.execute(put(putOf("k" + i, "").setValue(large)));
            }
            QueryResult page = driver.range(RangeQuery.newBuilder());
            assertThat(page.getRange().getCount()).isEqualTo(2);
            assertThat(page.getRange().getMore()).isTrue();
            assertThat(driver.range(RangeQuery.newBuilder().setKeysOnly(true))
                            .getRange()
                            .getCount())
                    .isEqualTo(4);
            assertThat(driver.range(RangeQuery.newBuilder().setLimit(10_001))
                            .getError()
                            .getField())
                    .isEqualTo("range.limit");
        }

        @Test
        void keysAreOrderedAsUnsignedBytes() {
            ByteString high = ByteString.copyFrom(new byte[] {(byte) 0xff});
            ByteString zero = ByteString.copyFrom(new byte[] {'a', 0});
            for (ByteString key : new ByteString[] {high, zero, bytes("a"), bytes("aa"), bytes("z")}) {
                driver.execute(put(putOf("", "v").setKey(key)));
            }
            assertThat(driver.range(RangeQuery.newBuilder()).getRange().getEntriesList())
                    .extracting(KeyValue::getKey)
                    .containsExactly(bytes("a"), zero, bytes("aa"), bytes("z"), high);
        }

        @Test
        void countsAtARevision() {
            driver.execute(put("a", "1"));
            driver.execute(put("b", "1"));
            driver.execute(delete("a"));
            assertThat(count(0)).isEqualTo(1);
            assertThat(count(2)).isEqualTo(2);
        }

        private long count(long revision) {
            return driver.machine
                    .read(Query.newBuilder()
                            .setCount(CountQuery.newBuilder().setAtRevision(revision))
                            .build())
                    .getCount()
                    .getCount();
        }

        @Test
        void theFutureIsRefused() {
            assertThat(driver.range(RangeQuery.newBuilder().setAtRevision(1))
                            .getError()
                            .getField())
                    .isEqualTo("at_revision");
        }
    }

    @Nested
    class Compaction {
        @Test
        void forgetsTheOldAndKeepsTheNewest() {
            driver.execute(put("a", "1"));
            driver.execute(put("a", "2"));
            driver.execute(put("b", "1"));
            driver.execute(delete("b"));
            driver.execute(put("a", "3"));
            assertThat(driver.execute(compact(4)).hasDone()).isTrue();
            assertThat(driver.listener.oldestRevision).isEqualTo(4);
            QueryResult refused = driver.machine.read(Query.newBuilder()
                    .setGet(GetQuery.newBuilder().setKey(bytes("a")).setAtRevision(3))
                    .build());
            assertThat(refused.getError().getCode()).isEqualTo(ErrorCode.COMPACTED);
            assertThat(refused.getError().getOldestRevision()).isEqualTo(4);
            assertThat(driver.getAt("a", 4).getValue()).isEqualTo(bytes("2"));
            assertThat(driver.getAt("b", 4)).isEqualTo(KeyValue.getDefaultInstance());
            assertThat(driver.get("a").getValue()).isEqualTo(bytes("3"));
        }

        @Test
        void neverGoesBackAndNeverIntoTheFuture() {
            driver.execute(put("a", "1"));
            driver.execute(put("a", "2"));
            driver.execute(compact(2));
            assertThat(driver.execute(compact(1)).hasDone()).isTrue();
            assertThat(driver.machine.published().compactedRevision()).isEqualTo(2);
            assertThat(driver.execute(compact(3)).getError().getField()).isEqualTo("compact.revision");
        }

        @Test
        void isProposedWhenHistoryOutgrowsWhatIsRetained() {
            driver.change(ClusterSettings.newBuilder().setHistoryRetentionRevisions(8));
            for (int i = 0; i < 10; i++) {
                driver.execute(put("a", "" + i));
            }
            assertThat(driver.machine.published().compactTo()).isZero();
            driver.execute(put("a", "11"));
            assertThat(driver.machine.published().compactTo()).isEqualTo(3);
        }

        @Test
        void isProposedWhenHistoryTakesTooManyBytes() {
            driver.change(ClusterSettings.newBuilder().setHistoryRetentionBytes(4_000));
            int puts = 0;
            while (driver.machine.published().compactTo() == 0) {
                driver.execute(put("a", "x".repeat(871)));
                puts++;
            }
            assertThat(puts)
                    .as("six versions of 1,000 bytes are in the history")
                    .isEqualTo(7);
            assertThat(driver.machine.published().compactTo()).isEqualTo(3);
        }

        @Test
        void freesNothingThatASnapshotStillNeeds() {
            driver.execute(put("a", "1"));
            driver.execute(put("b", "1"));
            driver.execute(delete("b"));
            SnapshotCut cut = driver.machine.cut();
            driver.execute(put("a", "2"));
            driver.execute(delete("a"));
            driver.execute(compact(5));
            for (int i = 0; i < 10; i++) {
                driver.clock(0);
            }
            assertThat(LogDriver.recordsOf(cut).keySet().stream()
                            .filter(key -> key[0] == 16)
                            .count())
                    .as("a at 1, b at 2, its tombstone at 3")
                    .isEqualTo(3);
        }
    }
}
