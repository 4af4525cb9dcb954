package io.gavel.server.state.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.ConfigDiff;
import io.gavel.protocol.v1.ConfigDiffQuery;
import io.gavel.protocol.v1.ConfigHistory;
import io.gavel.protocol.v1.ConfigHistoryQuery;
import io.gavel.protocol.v1.ConfigListQuery;
import io.gavel.protocol.v1.ConfigQuery;
import io.gavel.protocol.v1.ConfigRelease;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.Guard;
import io.gavel.protocol.v1.Outcome;
import io.gavel.protocol.v1.PublishConfig;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.RollbackConfig;
import io.gavel.protocol.v1.SchemaCheck;
import io.gavel.protocol.v1.SchemaQuery;
import io.gavel.protocol.v1.SetSchema;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class ConfigCatalogTest {
    private static final String NS = "shop/checkout";

    private final SimCatalog sim = new SimCatalog();

    private static PublishConfig.Builder publish(String... keysAndValues) {
        PublishConfig.Builder publish = PublishConfig.newBuilder().setNamespace(NS);
        for (int i = 0; i < keysAndValues.length; i += 2) {
            publish.putSet(keysAndValues[i], keysAndValues[i + 1]);
        }
        return publish;
    }

    /// Checked by a router against this schema, together with that release.
    private static Command.Builder checked(PublishConfig.Builder publish, long schemaVersion, long documentVersion) {
        return Command.newBuilder()
                .setPublishConfig(publish)
                .setSchemaCheck(
                        SchemaCheck.newBuilder().setSchemaVersion(schemaVersion).setDocumentVersion(documentVersion));
    }

    private long published(PublishConfig.Builder publish) {
        return published(Command.newBuilder().setPublishConfig(publish));
    }

    private long published(Command.Builder command) {
        CommandResult result = sim.execute(command.build());
        assertThat(result.hasConfig()).as("%s", result).isTrue();
        return result.getConfig().getVersion();
    }

    private Error refused(PublishConfig.Builder publish) {
        return refused(Command.newBuilder().setPublishConfig(publish));
    }

    private Error refused(Command.Builder command) {
        long bytes = sim.catalog.stateBytes();
        long revision = sim.revision();
        CommandResult result = sim.execute(command.build());
        assertThat(result.hasError()).as("%s", result).isTrue();
        assertThat(result.getError().getOutcome()).isEqualTo(Outcome.NOT_APPLIED);
        assertThat(sim.catalog.stateBytes()).isEqualTo(bytes);
        assertThat(sim.revision()).isEqualTo(revision);
        return result.getError();
    }

    private ConfigRelease release(long version) {
        return read(Query.newBuilder()
                        .setConfig(ConfigQuery.newBuilder().setNamespace(NS).setAtVersion(version)))
                .getConfig();
    }

    private QueryResult read(Query.Builder query) {
        return sim.read(query.build());
    }

    private CommandResult schema(String schema, long documentVersion) {
        return sim.execute(schemaCommand(schema, documentVersion).build());
    }

    private static Command.Builder schemaCommand(String schema, long documentVersion) {
        return Command.newBuilder()
                .setSetSchema(SetSchema.newBuilder().setNamespace(NS).setSchema(schema))
                .setSchemaCheck(SchemaCheck.newBuilder().setDocumentVersion(documentVersion));
    }

    private static Command.Builder rollback(long to) {
        return Command.newBuilder()
                .setRollbackConfig(RollbackConfig.newBuilder().setNamespace(NS).setToVersion(to));
    }

    @Nested
    class Publishing {
        @Test
        void makesOneWholeReleaseAtOneRevision() {
            assertThat(published(publish("a", "1", "b", "2").setAuthor("ann").setMessage("first")))
                    .isEqualTo(1);
            assertThat(published(publish("b", "3", "c", "4").addDelete("a"))).isEqualTo(2);
            assertThat(release(0).getEntriesMap()).isEqualTo(Map.of("b", "3", "c", "4"));
            assertThat(release(1).getEntriesMap()).isEqualTo(Map.of("a", "1", "b", "2"));
            assertThat(release(1).getAuthor()).isEqualTo("ann");
            assertThat(sim.released).hasSize(2);
            assertThat(sim.released.getLast().getRevision()).isEqualTo(sim.revision());
            assertThat(sim.released.getLast().getEntriesMap()).isEqualTo(Map.of("b", "3", "c", "4"));
        }

        @Test
        void replacesTheWholeDocumentWhenAsked() {
            published(publish("a", "1", "b", "2"));
            published(publish("c", "3").setReplace(true));
            assertThat(release(0).getEntriesMap()).isEqualTo(Map.of("c", "3"));
            published(publish().setReplace(true));
            assertThat(release(0).getEntriesMap()).isEmpty();
        }

        @Test
        void refusesAReleaseOnTopOfAnotherVersionThanExpected() {
            published(publish("a", "1").setExpectedVersion(0));
            Error error = refused(publish("a", "2").setExpectedVersion(0));
            assertThat(error.getCode()).isEqualTo(ErrorCode.CONFLICT);
            assertThat(error.getCurrentVersion()).isEqualTo(1);
            published(publish("a", "2").setExpectedVersion(1));
        }

        @Test
        void refusesAReleaseWhoseGuardDoesNotHold() {
            sim.guardsHold = false;
            Error error = refused(publish("a", "1").addGuards(Guard.newBuilder().setSessionAlive(7)));
            assertThat(error.getCode()).isEqualTo(ErrorCode.CONFLICT);
        }

        @Test
        void keepsNoMoreReleasesThanTheSettingsSay() {
            for (int i = 1; i <= 5; i++) {
                published(publish("a", "" + i));
            }
            Error gone = read(Query.newBuilder()
                            .setConfig(ConfigQuery.newBuilder().setNamespace(NS).setAtVersion(2)))
                    .getError();
            assertThat(gone.getCode()).isEqualTo(ErrorCode.NOT_FOUND);
            assertThat(gone.getHint()).contains("3 to 5");
            assertThat(release(3).getEntriesMap()).isEqualTo(Map.of("a", "3"));
        }

        @Test
        void namesFieldLimitAndValueOfBadInput() {
            for (String name : new String[] {"", "A", "-a", "a b", "a".repeat(129), "é", "a\u0000"}) {
                assertThat(refused(publish("a", "1").setNamespace(name)).getField())
                        .as(name)
                        .isEqualTo("namespace");
            }
            assertThat(refused(publish()).getField()).isEqualTo("set");
            assertThat(refused(publish("", "1")).getField()).isEqualTo("set");
            assertThat(refused(publish("k\n", "1")).getField()).isEqualTo("set");
            assertThat(refused(publish("a", "1").addDelete("a")).getField()).isEqualTo("delete");
            assertThat(refused(publish("a", "1").setAuthor("x".repeat(257))).getLimit())
                    .isEqualTo("256");
            assertThat(refused(publish("a", "1").setMessage("x".repeat(4097))).getField())
                    .isEqualTo("message");
            Error large = refused(publish("a", "x".repeat(2_000)));
            assertThat(large.getField()).isEqualTo("release");
            assertThat(large.getLimit()).isEqualTo("1000");
            assertThat(read(Query.newBuilder()
                                    .setConfig(ConfigQuery.newBuilder().setNamespace("none")))
                            .getError()
                            .getCode())
                    .isEqualTo(ErrorCode.NOT_FOUND);
        }
    }

    @Nested
    class RollingBack {
        @Test
        void makesANewReleaseWithTheOldDocument() {
            published(publish("a", "1"));
            published(publish("a", "2", "b", "2"));
            CommandResult result = sim.execute(rollback(1).build());
            assertThat(result.getConfig().getVersion()).isEqualTo(3);
            assertThat(release(3).getEntriesMap()).isEqualTo(Map.of("a", "1"));
            assertThat(sim.released.getLast().getVersion()).isEqualTo(3);
        }

        @Test
        void refusesAVersionThatIsNotKept() {
            assertThat(refused(rollback(1)).getCode()).isEqualTo(ErrorCode.NOT_FOUND);
            published(publish("a", "1"));
            assertThat(refused(rollback(2)).getCurrentVersion()).isEqualTo(1);
        }

        @Test
        void isCheckedAgainstTheSchemaInForceLikeAnyRelease() {
            published(publish("a", "1"));
            schema("{}", 1);
            assertThat(refused(rollback(1)).getField()).isEqualTo("schema_version");
        }
    }

    @Nested
    class Schemas {
        @Test
        void refusesADocumentThatWasCheckedAgainstAnotherSchema() {
            // Rule 32: the router validated against no schema, then a schema was set, then the publish commits.
            assertThat(schema("{\"type\":\"object\"}", 0).getConfig().getSchemaVersion())
                    .isEqualTo(1);
            Error error = refused(checked(publish("a", "1"), 0, 0));
            assertThat(error.getCode()).isEqualTo(ErrorCode.CONFLICT);
            assertThat(error.getCurrentVersion()).isEqualTo(1);
            published(checked(publish("a", "1"), 1, 0));
            assertThat(release(0).getSchemaVersion()).isEqualTo(1);
        }

        @Test
        void refusesADocumentThatWasCheckedWithAnOlderRelease() {
            // Two routers add different keys to release 1; what both add up to was never checked.
            published(publish("a", "1"));
            schema("{\"type\":\"object\"}", 1);
            published(checked(publish("b", "2"), 1, 1));
            Error error = refused(checked(publish("c", "3"), 1, 1));
            assertThat(error.getField()).isEqualTo("document_version");
            assertThat(error.getCurrentVersion()).isEqualTo(2);
            published(checked(publish("c", "3").setReplace(true), 1, 0));
        }

        @Test
        void refusesASchemaThatWasCheckedWithAnOlderRelease() {
            published(publish("a", "1"));
            published(publish("a", "2"));
            Error error = refused(schemaCommand("{}", 1));
            assertThat(error.getField()).isEqualTo("document_version");
            assertThat(error.getCurrentVersion()).isEqualTo(2);
        }

        @Test
        void neverReusesTheVersionOfASchemaThatWasRemoved() {
            schema("{\"a\":1}", 0);
            assertThat(schema("", 0).getConfig().getSchemaVersion()).isZero();
            assertThat(schema("{\"b\":1}", 0).getConfig().getSchemaVersion()).isEqualTo(2);
            refused(checked(publish("a", "1"), 1, 0));
            assertThat(read(Query.newBuilder()
                                    .setSchema(SchemaQuery.newBuilder().setNamespace(NS)))
                            .getSchema()
                            .getSchema())
                    .isEqualTo("{\"b\":1}");
        }
    }

    @Nested
    class Reading {
        @Test
        void listsTheHistoryNewestFirstPageByPage() {
            for (int i = 1; i <= 3; i++) {
                published(publish("a", "" + i).setMessage("m" + i));
            }
            ConfigHistory first = history(2, 0);
            assertThat(first.getReleasesList())
                    .extracting(ConfigRelease::getVersion)
                    .containsExactly(3L, 2L);
            assertThat(first.getMore()).isTrue();
            assertThat(first.getReleases(0).getEntriesMap()).isEmpty();
            ConfigHistory second = history(2, 2);
            assertThat(second.getReleasesList())
                    .extracting(ConfigRelease::getMessage)
                    .containsExactly("m1");
            assertThat(second.getMore()).isFalse();
        }

        private ConfigHistory history(int limit, long before) {
            return read(Query.newBuilder()
                            .setConfigHistory(ConfigHistoryQuery.newBuilder()
                                    .setNamespace(NS)
                                    .setLimit(limit)
                                    .setBeforeVersion(before)))
                    .getConfigHistory();
        }

        @Test
        void tellsTwoReleasesApart() {
            published(publish("same", "1", "gone", "1", "new", "1"));
            published(publish("new", "2", "more", "1").addDelete("gone"));
            ConfigDiff diff = diff(1, 0);
            assertThat(diff.getAddedMap()).isEqualTo(Map.of("more", "1"));
            assertThat(diff.getRemovedMap()).isEqualTo(Map.of("gone", "1"));
            assertThat(diff.getChangedList()).hasSize(1);
            assertThat(diff.getChanged(0).getBefore()).isEqualTo("1");
            assertThat(diff(0, 1).getAddedMap()).hasSize(3);
        }

        private ConfigDiff diff(long from, long to) {
            return read(Query.newBuilder()
                            .setConfigDiff(ConfigDiffQuery.newBuilder()
                                    .setNamespace(NS)
                                    .setFromVersion(from)
                                    .setToVersion(to)))
                    .getConfigDiff();
        }

        @Test
        void listsNamespacesByPrefix() {
            for (String name : new String[] {"a/1", "a/2", "b"}) {
                published(publish("k", "v").setNamespace(name));
            }
            QueryResult page = read(Query.newBuilder()
                    .setConfigList(ConfigListQuery.newBuilder().setPrefix("a/").setLimit(1)));
            assertThat(page.getConfigList().getMore()).isTrue();
            QueryResult rest = read(Query.newBuilder()
                    .setConfigList(ConfigListQuery.newBuilder().setPrefix("a/").setAfter("a/1")));
            assertThat(rest.getConfigList().getNamespacesList())
                    .extracting(ConfigRelease::getNamespace)
                    .containsExactly("a/2");
        }
    }

    @Test
    void restoresToTheSameDigestAndTheSameAnswers() {
        published(publish("a", "1", "b", "2"));
        schema("{\"type\":\"object\"}", 1);
        published(checked(publish("b", "3"), 1, 1));
        published(publish("k", "v").setNamespace("other"));
        ConfigRelease newest = release(0);
        sim.restoreFromSnapshot();
        assertThat(release(0)).isEqualTo(newest);
        assertThat(sim.catalog.newestReleases()).hasSize(2);
        refused(publish("a", "1"));
        published(checked(publish("a", "9").setExpectedVersion(2), 1, 2));
    }

    @Test
    void sharesUnchangedStringsAfterARestore() {
        published(publish("big", "x".repeat(500)));
        published(publish("small", "1"));
        sim.restoreFromSnapshot();
        assertThat(release(2).getEntriesMap().get("big"))
                .isSameAs(release(1).getEntriesMap().get("big"));
    }

    @Test
    void hasTheSameDigestWhateverTheOrderOfTheCommandsMap() {
        published(publish("a", "1", "b", "2"));
        SimCatalog other = new SimCatalog();
        other.execute(Command.newBuilder()
                .setPublishConfig(publish("b", "2", "a", "1"))
                .build());
        assertThat(other.catalog.digest().value())
                .isEqualTo(sim.catalog.digest().value());
    }
}
