package io.gavel.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import io.gavel.protocol.v1.AcquireLock;
import io.gavel.protocol.v1.Campaign;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.Compact;
import io.gavel.protocol.v1.Compare;
import io.gavel.protocol.v1.Consistency;
import io.gavel.protocol.v1.Delete;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.EvictSession;
import io.gavel.protocol.v1.GetQuery;
import io.gavel.protocol.v1.Guard;
import io.gavel.protocol.v1.LockListQuery;
import io.gavel.protocol.v1.OpenSession;
import io.gavel.protocol.v1.Outcome;
import io.gavel.protocol.v1.PublishConfig;
import io.gavel.protocol.v1.Put;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.RangeQuery;
import io.gavel.protocol.v1.ReadOperation;
import io.gavel.protocol.v1.SchemaCheck;
import io.gavel.protocol.v1.SetSchema;
import io.gavel.protocol.v1.TokenGuard;
import io.gavel.protocol.v1.Txn;
import io.gavel.protocol.v1.TxnOperation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Each limit, at the limit and one beyond.
class RequestRouterLimitsTest {
    private static final int MIB = 1 << 20;

    @ParameterizedTest(name = "{0}")
    @MethodSource("commands")
    void aCommandIsRefusedBeyondEachLimitByName(String field, Command atLimit, Command beyond) {
        assertThat(CommandValidator.check(atLimit, needsSession(atLimit))).isNull();

        Error refusal = refused(CommandValidator.check(beyond, needsSession(beyond)));
        assertThat(refusal.getCode()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(refusal.getOutcome()).isEqualTo(Outcome.NOT_APPLIED);
        assertThat(refusal.getField()).isEqualTo(field);
        assertThat(refusal.getLimit()).isNotEmpty();
        assertThat(refusal.getValue()).isNotEmpty();
        assertThat(refusal.getMessage()).contains(field.substring(field.lastIndexOf('.') + 1));
    }

    static Stream<Arguments> commands() {
        return Stream.of(
                limit("put.key", put(bytes(1024), 0, 0), put(bytes(1025), 0, 0)),
                limit("put.key", put(bytes(1), 0, 0), put(bytes(0), 0, 0)),
                limit("put.value", put(bytes(1), MIB, 0), put(bytes(1), MIB + 1, 0)),
                limit("put.ttl_millis", put(bytes(1), 0, 1_000), put(bytes(1), 0, 999)),
                limit("put.ttl_millis", put(bytes(1), 0, 31_536_000_000L), put(bytes(1), 0, 31_536_000_001L)),
                limit("delete.key", delete(1024), delete(1025)),
                limit("txn operations", txn(128), txn(129)),
                limit("txn.then.get.limit", txnGet(10_000), txnGet(10_001)),
                limit("txn.compares.value", compare(MIB), compare(MIB + 1)),
                limit("txn.guards.lock.token", guarded(1), guarded(0)),
                limit("open_session.nonce", open(16, 32, 1_000, ""), open(15, 32, 1_000, "")),
                limit("open_session.nonce", open(16, 32, 1_000, ""), open(17, 32, 1_000, "")),
                limit("open_session.secret_hash", open(16, 32, 1_000, ""), open(16, 31, 1_000, "")),
                limit("open_session.ttl_millis", open(16, 32, 1_000, ""), open(16, 32, 999, "")),
                limit("open_session.ttl_millis", open(16, 32, 86_400_000, ""), open(16, 32, 86_400_001, "")),
                limit("open_session.owner", open(16, 32, 1_000, "o".repeat(256)), open(16, 32, 1_000, "o".repeat(257))),
                limit("evict_session.session_id", evict(1), evict(0)),
                limit("compact.revision", compact(1), compact(0)),
                limit("acquire_lock.name", acquire("n".repeat(256), 0, 0, 0), acquire("n".repeat(257), 0, 0, 0)),
                limit("acquire_lock.name", acquire("é".repeat(128), 0, 0, 0), acquire("é".repeat(129), 0, 0, 0)),
                limit("acquire_lock.name", acquire("a b", 0, 0, 0), acquire("a\nb", 0, 0, 0)),
                limit("acquire_lock.capacity", acquire("n", 0, 1_000_000, 0), acquire("n", 0, 1_000_001, 0)),
                limit("acquire_lock.capacity", acquire("n", 0, 1_000_000, 0), acquire("n", 0, -1, 0)),
                limit("acquire_lock.permits", acquire("n", 3, 3, 0), acquire("n", 4, 3, 0)),
                limit("acquire_lock.wait_millis", acquire("n", 0, 0, 31_536_000_000L), acquire("n", 0, 0, -1)),
                limit("campaign.proposal", campaign(65_536), campaign(65_537)),
                limit("publish_config.namespace", publish("n".repeat(128), 1, 1), publish("n".repeat(129), 1, 1)),
                limit("publish_config.namespace", publish("shop/a.b-c_d", 1, 1), publish("Shop", 1, 1)),
                limit("publish_config changes", publish("n", 1_024, 1), publish("n", 1_025, 1)),
                limit("publish_config.set value", publish("n", 1, MIB), publish("n", 1, MIB + 1)),
                limit("publish_config.message", message(4_096), message(4_097)),
                limit("set_schema.schema", schema(256 << 10), schema((256 << 10) + 1)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("queries")
    void aQueryIsRefusedBeyondEachLimitByName(String field, Query atLimit, Query beyond) {
        assertThat(QueryValidator.check(atLimit)).isNull();

        Error refusal = refused(QueryValidator.check(beyond));
        assertThat(refusal.getCode()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(refusal.getField()).isEqualTo(field);
    }

    static Stream<Arguments> queries() {
        return Stream.of(
                Arguments.of("get.key", get(1024), get(1025)),
                Arguments.of("get.key", get(1), get(0)),
                Arguments.of("range.limit", range(10_000, 0), range(10_001, 0)),
                Arguments.of("range.after", range(0, 1024), range(0, 1025)),
                Arguments.of("lock_list.limit", locks(1_000), locks(1_001)),
                Arguments.of("lock_list.limit", locks(1_000), locks(-1)));
    }

    @Test
    void anUnknownFieldAnywhereInACommandIsUnsupported() {
        List<Message> commands = new ArrayList<>();
        collect(Command.getDescriptor(), new HashSet<>(), commands);

        assertThat(commands).hasSizeGreaterThan(25);
        for (Message command : commands) {
            assertThat(code(CommandValidator.check(parsed(command), false)))
                    .as(() -> command.toString())
                    .isEqualTo(ErrorCode.UNSUPPORTED);
        }
    }

    @Test
    void anUnknownEnumValueOrVariantIsUnsupported() {
        Command relation = Command.newBuilder()
                .setTxn(Txn.newBuilder()
                        .addCompares(Compare.newBuilder()
                                .setKey(bytes(1))
                                .setRelationValue(99)
                                .setVersion(1)))
                .build();
        assertThat(code(CommandValidator.check(relation, false))).isEqualTo(ErrorCode.UNSUPPORTED);
        assertThat(code(CommandValidator.check(Command.getDefaultInstance(), false)))
                .isEqualTo(ErrorCode.UNSUPPORTED);
        assertThat(code(QueryValidator.check(Query.getDefaultInstance()))).isEqualTo(ErrorCode.UNSUPPORTED);
        assertThat(code(QueryValidator.check(
                        get(1).toBuilder().setConsistencyValue(9).build())))
                .isEqualTo(ErrorCode.UNSUPPORTED);
        assertThat(QueryValidator.check(
                        get(1).toBuilder().setConsistency(Consistency.STALE).build()))
                .isNull();
    }

    @Test
    void whatTheServerWritesIsNotTakenFromClients() {
        Command publish = Command.newBuilder()
                .setPublishConfig(PublishConfig.newBuilder().setNamespace("n"))
                .setSchemaCheck(SchemaCheck.newBuilder().setSchemaVersion(3))
                .build();
        assertThat(field(CommandValidator.check(publish, false))).isEqualTo("schema_check");
    }

    @Test
    void ownershipNeedsASessionAndOpeningOneDoesNot() {
        assertThat(field(CommandValidator.check(acquire("n", 0, 0, 0), false))).isEqualTo("session");
        assertThat(field(CommandValidator.check(open(16, 32, 1_000, ""), true))).isEqualTo("session");
        Command ephemeral = Command.newBuilder()
                .setPut(Put.newBuilder().setKey(bytes(1)).setEphemeral(true))
                .build();
        assertThat(field(CommandValidator.check(ephemeral, false))).isEqualTo("session");
        assertThat(CommandValidator.check(ephemeral, true)).isNull();
    }

    private static Error refused(@Nullable Error error) {
        if (error == null) {
            throw new AssertionError("it was accepted");
        }
        return error;
    }

    private static ErrorCode code(@Nullable Error error) {
        return error == null ? ErrorCode.ERROR_CODE_UNSPECIFIED : error.getCode();
    }

    private static String field(@Nullable Error error) {
        return error == null ? "" : error.getField();
    }

    /// One message for each type that a command can contain, with one field of that type set and an unknown one in it.
    private static void collect(Descriptor type, Set<Descriptor> seen, List<Message> found) {
        walk(type, List.of(), seen, found);
    }

    private static void walk(Descriptor type, List<FieldDescriptor> path, Set<Descriptor> seen, List<Message> found) {
        if (type.getOptions().getMapEntry() || !seen.add(type)) {
            return;
        }
        found.add(nested(path));
        for (FieldDescriptor field : type.getFields()) {
            if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
                List<FieldDescriptor> longer = new ArrayList<>(path);
                longer.add(field);
                walk(field.getMessageType(), longer, seen, found);
            }
        }
    }

    private static Message nested(List<FieldDescriptor> path) {
        Descriptor innermost =
                path.isEmpty() ? Command.getDescriptor() : path.getLast().getMessageType();
        Message message = DynamicMessage.newBuilder(innermost)
                .setUnknownFields(UnknownFieldSet.newBuilder()
                        .addField(
                                4_711,
                                UnknownFieldSet.Field.newBuilder().addVarint(1).build())
                        .build())
                .build();
        for (int i = path.size() - 1; i >= 0; i--) {
            FieldDescriptor field = path.get(i);
            DynamicMessage.Builder outer = DynamicMessage.newBuilder(field.getContainingType());
            message = field.isRepeated()
                    ? outer.addRepeatedField(field, message).build()
                    : outer.setField(field, message).build();
        }
        return message;
    }

    private static Command parsed(Message message) {
        try {
            return Command.parseFrom(message.toByteString());
        } catch (InvalidProtocolBufferException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static Arguments limit(String field, Command atLimit, Command beyond) {
        return Arguments.of(field, atLimit, beyond);
    }

    private static boolean needsSession(Command command) {
        return command.hasAcquireLock() || command.hasCampaign();
    }

    private static ByteString bytes(int size) {
        return ByteString.copyFrom(new byte[size]);
    }

    private static Command put(ByteString key, int valueBytes, long ttlMillis) {
        return Command.newBuilder()
                .setPut(Put.newBuilder().setKey(key).setValue(bytes(valueBytes)).setTtlMillis(ttlMillis))
                .build();
    }

    private static Command delete(int keyBytes) {
        return Command.newBuilder()
                .setDelete(Delete.newBuilder().setKey(bytes(keyBytes)))
                .build();
    }

    private static Command txn(int operations) {
        Txn.Builder txn = Txn.newBuilder();
        for (int i = 0; i < operations; i++) {
            switch (i % 3) {
                case 0 -> txn.addCompares(Compare.newBuilder().setKey(bytes(1)).setVersion(1));
                case 1 ->
                    txn.addThen(
                            TxnOperation.newBuilder().setPut(Put.newBuilder().setKey(bytes(1))));
                default -> txn.addGuards(Guard.newBuilder().setSessionAlive(1));
            }
        }
        return Command.newBuilder().setTxn(txn).build();
    }

    private static Command txnGet(int limit) {
        return Command.newBuilder()
                .setTxn(Txn.newBuilder()
                        .addThen(TxnOperation.newBuilder()
                                .setGet(ReadOperation.newBuilder()
                                        .setKey(bytes(1))
                                        .setLimit(limit))))
                .build();
    }

    private static Command compare(int valueBytes) {
        return Command.newBuilder()
                .setTxn(Txn.newBuilder()
                        .addCompares(Compare.newBuilder().setKey(bytes(1)).setValue(bytes(valueBytes))))
                .build();
    }

    private static Command guarded(long token) {
        return Command.newBuilder()
                .setTxn(Txn.newBuilder()
                        .addGuards(Guard.newBuilder()
                                .setLock(TokenGuard.newBuilder().setName("n").setToken(token))))
                .build();
    }

    private static Command open(int nonceBytes, int hashBytes, long ttlMillis, String owner) {
        return Command.newBuilder()
                .setOpenSession(OpenSession.newBuilder()
                        .setNonce(bytes(nonceBytes))
                        .setSecretHash(bytes(hashBytes))
                        .setTtlMillis(ttlMillis)
                        .setOwner(owner))
                .build();
    }

    private static Command evict(long sessionId) {
        return Command.newBuilder()
                .setEvictSession(EvictSession.newBuilder().setSessionId(sessionId))
                .build();
    }

    private static Command compact(long revision) {
        return Command.newBuilder()
                .setCompact(Compact.newBuilder().setRevision(revision))
                .build();
    }

    private static Command acquire(String name, int permits, int capacity, long waitMillis) {
        return Command.newBuilder()
                .setAcquireLock(AcquireLock.newBuilder()
                        .setName(name)
                        .setPermits(permits)
                        .setCapacity(capacity)
                        .setWaitMillis(waitMillis))
                .build();
    }

    private static Command campaign(int proposalBytes) {
        return Command.newBuilder()
                .setCampaign(Campaign.newBuilder().setName("n").setProposal(bytes(proposalBytes)))
                .build();
    }

    private static Command publish(String namespace, int keys, int valueBytes) {
        PublishConfig.Builder publish = PublishConfig.newBuilder().setNamespace(namespace);
        for (int i = 0; i < keys; i++) {
            publish.putSet("k" + i, "v".repeat(valueBytes));
        }
        return Command.newBuilder().setPublishConfig(publish).build();
    }

    private static Command message(int bytes) {
        return Command.newBuilder()
                .setPublishConfig(PublishConfig.newBuilder().setNamespace("n").setMessage("m".repeat(bytes)))
                .build();
    }

    private static Command schema(int bytes) {
        return Command.newBuilder()
                .setSetSchema(SetSchema.newBuilder().setNamespace("n").setSchema(" ".repeat(bytes)))
                .build();
    }

    private static Query get(int keyBytes) {
        return Query.newBuilder()
                .setGet(GetQuery.newBuilder().setKey(bytes(keyBytes)))
                .build();
    }

    private static Query range(int limit, int afterBytes) {
        return Query.newBuilder()
                .setRange(RangeQuery.newBuilder().setLimit(limit).setAfter(bytes(afterBytes)))
                .build();
    }

    private static Query locks(int limit) {
        return Query.newBuilder()
                .setLockList(LockListQuery.newBuilder().setLimit(limit))
                .build();
    }
}
