package io.gavel.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gavel.cli.CommandFailure;
import io.gavel.client.Bytes;
import io.gavel.client.kv.Compare;
import io.gavel.client.kv.DeleteOptions;
import io.gavel.client.kv.Guard;
import io.gavel.client.kv.Op;
import io.gavel.client.kv.PutOptions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TxnFileTest {
    private static final Bytes KEY = Bytes.utf8("k");

    @Test
    void readsEveryConditionAndOperation() {
        TxnFile txn = TxnFile.parse("""
                {"if": [{"key": "k", "version": 3}, {"key": "k", "modRevision": "9007199254740993"},
                        {"key": "k", "exists": false}, {"key": "k", "value": {"base64": "/w=="}},
                        {"lock": "orders", "token": 7}, {"election": "billing", "token": 8}, {"session": "12"}],
                 "then": [{"put": {"key": "k", "value": "v", "ttlMillis": 5000}},
                          {"delete": {"key": "k", "prefix": true}}, {"get": {"key": "k", "limit": 2}}],
                 "else": [{"get": {"key": "k", "prefix": true}}]}
                """);

        assertThat(txn.compares())
                .containsExactly(
                        new Compare.Version(KEY, Compare.Relation.EQUAL, 3),
                        new Compare.ModRevision(KEY, Compare.Relation.EQUAL, 9_007_199_254_740_993L),
                        new Compare.Exists(KEY, false),
                        new Compare.Value(KEY, Compare.Relation.EQUAL, Bytes.of(new byte[] {(byte) 0xff})));
        assertThat(txn.guards())
                .containsExactly(
                        new Guard.LockHeld("orders", 7),
                        new Guard.LeadershipHeld("billing", 8),
                        new Guard.SessionAlive(12));
        assertThat(txn.then())
                .containsExactly(
                        new Op.Put(KEY, Bytes.utf8("v"), PutOptions.DEFAULT.withTtl(Duration.ofSeconds(5))),
                        new Op.Delete(KEY, DeleteOptions.DEFAULT.withPrefix()),
                        new Op.Get(KEY, false, 2));
        assertThat(txn.otherwise()).containsExactly(new Op.Get(KEY, true, 0));
    }

    @Test
    void everyPartMayBeLeftOut() {
        assertThat(TxnFile.parse("{}").then()).isEmpty();
    }

    @Test
    void whatIsWrongIsNamedAndNotMoreOfItShownThanHelps() {
        String list = "[" + "1,".repeat(1_000) + "1]";

        assertThatThrownBy(() -> TxnFile.parse("{\"then\":[{\"put\":{\"key\":" + list + ",\"value\":\"v\"}}]}"))
                .hasMessageMatching("key must be text, not \\[1,1.{90,100}…");
        assertThatThrownBy(() -> TxnFile.parse("{\"then\":[{\"put\":{\"key\":\"k\"}}]}"))
                .hasMessage("value must be text, not absent");
        assertThatThrownBy(() -> TxnFile.parse("{\"if\":[{\"lock\":\"l\",\"token\":-7}]}"))
                .hasMessage("token must be a whole number of at least 0, not -7");
    }

    @Test
    void aSessionIsNamedByAnyIdThatIsPrinted() {
        assertThat(TxnFile.parse("{\"if\":[{\"session\":\"18446744073709551615\"}]}")
                        .guards())
                .containsExactly(new Guard.SessionAlive(-1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{",
                "{} {}",
                "{\"then\":[],\"then\":[]}",
                "{\"when\":[]}",
                "{\"then\":{}}",
                "{\"then\":[5]}",
                "{\"then\":[{}]}",
                "{\"then\":[{\"put\":{\"key\":\"k\"}}]}",
                "{\"then\":[{\"put\":{\"key\":1,\"value\":\"v\"}}]}",
                "{\"then\":[{\"put\":{\"key\":\"k\",\"value\":\"v\"},\"get\":{\"key\":\"k\"}}]}",
                "{\"then\":[{\"put\":{\"key\":\"k\",\"value\":\"v\",\"ttl\":5}}]}",
                "{\"then\":[{\"put\":{\"key\":\"k\",\"value\":{\"base64\":\"?\"}}}]}",
                "{\"then\":[{\"delete\":{\"key\":\"k\",\"prefix\":\"yes\"}}]}",
                "{\"then\":[{\"get\":{\"key\":\"k\",\"limit\":1.5}}]}",
                "{\"if\":[{\"key\":\"k\"}]}",
                "{\"if\":[{\"key\":\"k\",\"version\":1,\"exists\":true}]}",
                "{\"if\":[{\"key\":\"k\",\"version\":\"one\"}]}",
                "{\"if\":[{\"key\":\"k\",\"version\":-1}]}",
                "{\"if\":[{\"key\":\"k\",\"version\":\"9999999999999999999\"}]}",
                "{\"if\":[{\"session\":0}]}",
                "{\"if\":[{\"session\":-1}]}",
                "{\"then\":[{\"put\":{\"key\":\"k\",\"value\":\"v\",\"ttlMillis\":0}}]}",
                "{\"then\":[{\"get\":{\"key\":\"k\",\"limit\":-5}}]}",
                "{\"then\":[{\"get\":{\"key\":\"k\",\"limit\":10001}}]}",
                "{\"if\":[{\"key\":\"k\",\"exists\":\"true\"}]}",
                "{\"if\":[{\"lock\":\"l\"}]}",
                "{\"if\":[{\"lock\":\"l\",\"election\":\"e\"}]}",
                "{\"if\":[{\"lock\":\"l\",\"election\":\"e\",\"token\":1}]}",
                "{\"if\":[{}]}",
                "{\"if\":[7]}"
            })
    void refusesWhatItDoesNotKnowInsteadOfGuessing(String text) {
        assertThatThrownBy(() -> TxnFile.parse(text)).isInstanceOf(CommandFailure.class);
    }
}
