package io.gavel.server.api;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.ConfigQuery;
import io.gavel.protocol.v1.ConfigRelease;
import io.gavel.protocol.v1.ConfigSchema;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.PublishConfig;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.SchemaCheck;
import io.gavel.protocol.v1.SchemaQuery;
import io.gavel.protocol.v1.SetSchema;
import io.gavel.server.api.schema.SchemaValidator;
import io.gavel.server.entry.Refusals;
import io.gavel.server.entry.RequestStamp;
import io.gavel.server.state.StateMachine;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Checks config changes against their namespace's JSON Schema before they are proposed (rule 32).
///
/// What was checked goes into the command as its `schema_check`, and apply compares: the schema's version, and for a
/// change of some keys the release it was added to. When either moved on meanwhile the command is a `CONFLICT`.
///
/// A refusal of a session's command goes through the log too, where a retry meets what became of its first attempt,
/// however schema and document look by now. Refused on the spot it would say nothing about an earlier attempt that may
/// still be on its way, and a client that lost an answer could never learn the outcome.
final class ConfigGate {
    private final NodePorts ports;
    private final ReadRouter reads;

    ConfigGate(NodePorts ports, ReadRouter reads) {
        this.ports = ports;
        this.reads = reads;
    }

    /// Called once: with the command to propose, or with the answer.
    @FunctionalInterface
    interface Checked {
        void onChecked(ByteString command, @Nullable CommandResult answer);
    }

    /// What the state says at one linearizable point.
    private record Facts(ConfigSchema schema, ConfigRelease current, ConfigRelease target) {}

    void check(Command command, RequestStamp stamp, long deadlineNanos, Checked checked) {
        reads.confirm(deadlineNanos, error -> {
            if (error != null) {
                refuse(error, checked);
            } else if (!reads.onApplyAgent(() -> onReader(command, stamp, facts(command), checked))) {
                refuse(ApiErrors.overloaded("apply queue"), checked);
            }
        });
    }

    private void onReader(Command command, RequestStamp stamp, Facts facts, Checked checked) {
        if (!reads.onReader(
                () -> checkOnReader(command, stamp, facts, checked),
                defect -> refuse(ApiErrors.internal(defect), checked))) {
            refuse(ApiErrors.overloaded("reader queue"), checked);
        }
    }

    private Facts facts(Command command) {
        StateMachine state = ports.state().get();
        String namespace;
        long targetVersion = 0;
        switch (command.getKindCase()) {
            case ROLLBACK_CONFIG -> {
                namespace = command.getRollbackConfig().getNamespace();
                targetVersion = command.getRollbackConfig().getToVersion();
            }
            case SET_SCHEMA -> namespace = command.getSetSchema().getNamespace();
            default -> namespace = command.getPublishConfig().getNamespace();
        }
        return new Facts(
                state.read(Query.newBuilder()
                                .setSchema(SchemaQuery.newBuilder().setNamespace(namespace))
                                .build())
                        .getSchema(),
                release(state, namespace, 0),
                targetVersion == 0 ? ConfigRelease.getDefaultInstance() : release(state, namespace, targetVersion));
    }

    /// The release, or an empty one of version 0 when there is none.
    private static ConfigRelease release(StateMachine state, String namespace, long version) {
        return state.read(Query.newBuilder()
                        .setConfig(
                                ConfigQuery.newBuilder().setNamespace(namespace).setAtVersion(version))
                        .build())
                .getConfig();
    }

    private static void checkOnReader(Command command, RequestStamp stamp, Facts facts, Checked checked) {
        SchemaCheck.Builder check = SchemaCheck.newBuilder();
        String problem = switch (command.getKindCase()) {
            case ROLLBACK_CONFIG -> checkRollback(facts, check);
            case SET_SCHEMA -> checkSetSchema(command.getSetSchema(), facts, check);
            default -> checkPublish(command.getPublishConfig(), facts, check);
        };
        if (problem != null) {
            String field = command.hasSetSchema() ? "set_schema.schema" : "document";
            Error refusal = Refusals.invalid(field, "the JSON Schema of the namespace", "", problem);
            if (!stamp.hasSession()) {
                refuse(refusal, checked);
                return;
            }
            check.setRefusal(refusal);
        }
        checked.onChecked(command.toBuilder().setSchemaCheck(check).build().toByteString(), null);
    }

    private static @Nullable String checkPublish(PublishConfig publish, Facts facts, SchemaCheck.Builder check) {
        if (facts.schema().getSchemaVersion() == 0) {
            return null;
        }
        check.setSchemaVersion(facts.schema().getSchemaVersion());
        TreeMap<String, String> document = new TreeMap<>();
        if (!publish.getReplace()) {
            check.setDocumentVersion(facts.current().getVersion());
            document.putAll(facts.current().getEntriesMap());
        }
        document.putAll(publish.getSetMap());
        publish.getDeleteList().forEach(document::remove);
        return SchemaValidator.checkDocument(facts.schema().getSchema(), document);
    }

    private static @Nullable String checkRollback(Facts facts, SchemaCheck.Builder check) {
        if (facts.schema().getSchemaVersion() == 0 || facts.target().getVersion() == 0) {
            return null;
        }
        check.setSchemaVersion(facts.schema().getSchemaVersion());
        return SchemaValidator.checkDocument(
                facts.schema().getSchema(), facts.target().getEntriesMap());
    }

    private static @Nullable String checkSetSchema(SetSchema set, Facts facts, SchemaCheck.Builder check) {
        check.setDocumentVersion(facts.current().getVersion());
        if (set.getSchema().isEmpty()) {
            return null;
        }
        return facts.current().getVersion() == 0
                ? SchemaValidator.checkSchema(set.getSchema())
                : SchemaValidator.checkDocument(set.getSchema(), facts.current().getEntriesMap());
    }

    private static void refuse(Error error, Checked checked) {
        checked.onChecked(ByteString.EMPTY, ApiErrors.asResult(error));
    }
}
