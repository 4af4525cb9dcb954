package io.gavel.server.api;

import com.google.protobuf.InvalidProtocolBufferException;
import io.gavel.protocol.v1.AcquireLock;
import io.gavel.protocol.v1.Campaign;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.Compare;
import io.gavel.protocol.v1.ConfirmLoss;
import io.gavel.protocol.v1.Delete;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.OpenSession;
import io.gavel.protocol.v1.PublishConfig;
import io.gavel.protocol.v1.Put;
import io.gavel.protocol.v1.RollbackConfig;
import io.gavel.protocol.v1.SetSchema;
import io.gavel.protocol.v1.Txn;
import io.gavel.protocol.v1.TxnOperation;
import io.gavel.protocol.v1.Withdraw;
import io.gavel.raft.Payload;
import io.gavel.server.entry.Envelope;
import io.gavel.server.entry.RequestLimits;
import io.gavel.server.entry.UnknownFields;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Refuses commands that are malformed or over a limit before they reach the log. A pure function; any thread.
public final class CommandValidator {
    private CommandValidator() {}

    /// The first thing wrong with the command, or null.
    ///
    /// @param hasSession the request is made in a session, with a sequence
    static @Nullable Error check(Command command, boolean hasSession) {
        FieldChecks checks = new FieldChecks();
        String unknown = UnknownFields.findIn(command);
        if (unknown != null) {
            checks.unsupported(unknown);
            return checks.refusal();
        }
        if (needsSession(command) != hasSession && (needsSession(command) || command.hasOpenSession())) {
            checks.refuse(
                    "session",
                    hasSession ? "none" : "required",
                    hasSession ? "present" : "absent",
                    command.getKindCase() + (hasSession ? " is sent without a session" : " needs a session"));
        }
        if (command.hasSchemaCheck()) {
            checks.refuse("schema_check", "none", "present", "schema_check is written by the server");
        }
        checkKind(command, checks);
        return checks.refusal();
    }

    /// Whether a command makes the replicated state grow, and so waits for space when storage is full (rule 26).
    static boolean grows(Command command) {
        return switch (command.getKindCase()) {
            case PUT, ACQUIRE_LOCK, CAMPAIGN, PROCLAIM, PUBLISH_CONFIG, ROLLBACK_CONFIG, SET_SCHEMA -> true;
            case TXN ->
                command.getTxn().getThenList().stream().anyMatch(TxnOperation::hasPut)
                        || command.getTxn().getOtherwiseList().stream().anyMatch(TxnOperation::hasPut);
            case OPEN_SESSION,
                    CLOSE_SESSION,
                    EVICT_SESSION,
                    DELETE,
                    COMPACT,
                    RELEASE_LOCK,
                    WITHDRAW,
                    FORCE_RELEASE_LOCK,
                    CONFIRM_LOSS,
                    RESIGN,
                    TRANSFER_ELECTION,
                    KIND_NOT_SET -> false;
        };
    }

    /// As [#grows(Command)] for a command in its envelope; what cannot be decoded counts as growth.
    public static boolean grows(Payload envelope) {
        try {
            return grows(Command.parser()
                    .parseFrom(envelope.bytes(), Envelope.HEADER_BYTES, envelope.length() - Envelope.HEADER_BYTES));
        } catch (InvalidProtocolBufferException malformed) {
            return true;
        }
    }

    private static boolean needsSession(Command command) {
        return switch (command.getKindCase()) {
            case CLOSE_SESSION, ACQUIRE_LOCK, RELEASE_LOCK, WITHDRAW, CONFIRM_LOSS, CAMPAIGN, PROCLAIM, RESIGN -> true;
            case PUT -> command.getPut().getEphemeral();
            case TXN ->
                hasEphemeral(command.getTxn().getThenList())
                        || hasEphemeral(command.getTxn().getOtherwiseList());
            case TRANSFER_ELECTION -> command.getTransferElection().getToken() != 0;
            case OPEN_SESSION,
                    EVICT_SESSION,
                    DELETE,
                    COMPACT,
                    FORCE_RELEASE_LOCK,
                    PUBLISH_CONFIG,
                    ROLLBACK_CONFIG,
                    SET_SCHEMA,
                    KIND_NOT_SET -> false;
        };
    }

    private static boolean hasEphemeral(List<TxnOperation> operations) {
        return operations.stream()
                .anyMatch(operation -> operation.hasPut() && operation.getPut().getEphemeral());
    }

    private static void checkKind(Command command, FieldChecks checks) {
        switch (command.getKindCase()) {
            case OPEN_SESSION -> openSession(command.getOpenSession(), checks);
            case CLOSE_SESSION -> {}
            case EVICT_SESSION ->
                checks.positive(
                        "evict_session.session_id", command.getEvictSession().getSessionId());
            case PUT -> put("put", command.getPut(), checks);
            case DELETE -> delete("delete", command.getDelete(), checks);
            case TXN -> txn(command.getTxn(), checks);
            case COMPACT ->
                checks.positive("compact.revision", command.getCompact().getRevision());
            case ACQUIRE_LOCK -> acquire(command.getAcquireLock(), checks);
            case RELEASE_LOCK -> {
                checks.name("release_lock.name", command.getReleaseLock().getName());
                checks.positive("release_lock.token", command.getReleaseLock().getToken());
            }
            case WITHDRAW -> withdraw(command.getWithdraw(), checks);
            case FORCE_RELEASE_LOCK ->
                checks.name(
                        "force_release_lock.name", command.getForceReleaseLock().getName());
            case CONFIRM_LOSS -> confirmLoss(command.getConfirmLoss(), checks);
            case CAMPAIGN -> campaign(command.getCampaign(), checks);
            case PROCLAIM -> {
                checks.name("proclaim.name", command.getProclaim().getName());
                checks.positive("proclaim.token", command.getProclaim().getToken());
                checks.bytes("proclaim.proposal", command.getProclaim().getProposal(), 0, RequestLimits.PROPOSAL_BYTES);
            }
            case RESIGN -> {
                checks.name("resign.name", command.getResign().getName());
                checks.positive("resign.token", command.getResign().getToken());
            }
            case TRANSFER_ELECTION -> {
                checks.name(
                        "transfer_election.name", command.getTransferElection().getName());
                checks.positive(
                        "transfer_election.to_session",
                        command.getTransferElection().getToSession());
            }
            case PUBLISH_CONFIG -> publish(command.getPublishConfig(), checks);
            case ROLLBACK_CONFIG -> rollback(command.getRollbackConfig(), checks);
            case SET_SCHEMA -> setSchema(command.getSetSchema(), checks);
            case KIND_NOT_SET -> checks.unsupported("command without a known kind");
        }
    }

    private static void openSession(OpenSession open, FieldChecks checks) {
        int nonce = RequestLimits.NONCE_BYTES;
        int hash = RequestLimits.SECRET_HASH_BYTES;
        checks.bytes("open_session.nonce", open.getNonce(), nonce, nonce);
        checks.bytes("open_session.secret_hash", open.getSecretHash(), hash, hash);
        checks.range(
                "open_session.ttl_millis",
                open.getTtlMillis(),
                RequestLimits.SESSION_TTL_MIN_MILLIS,
                RequestLimits.SESSION_TTL_MAX_MILLIS);
        checks.text("open_session.owner", open.getOwner(), 0, RequestLimits.NAME_BYTES);
    }

    private static void put(String field, Put put, FieldChecks checks) {
        checks.key(field + ".key", put.getKey());
        checks.bytes(field + ".value", put.getValue(), 0, RequestLimits.VALUE_BYTES);
        if (put.getTtlMillis() != 0) {
            checks.range(
                    field + ".ttl_millis",
                    put.getTtlMillis(),
                    RequestLimits.KEY_TTL_MIN_MILLIS,
                    RequestLimits.KEY_TTL_MAX_MILLIS);
            if (put.getEphemeral()) {
                checks.refuse(
                        field + ".ttl_millis",
                        "0 with ephemeral",
                        put.getTtlMillis(),
                        field + " cannot end with its session and by a time-to-live");
            }
        }
    }

    private static void delete(String field, Delete delete, FieldChecks checks) {
        checks.bytes(field + ".key", delete.getKey(), delete.getPrefix() ? 0 : 1, RequestLimits.KEY_BYTES);
        if (delete.getPrefix() && (delete.hasIfVersion() || delete.hasIfModRevision())) {
            checks.refuse(
                    field + ".prefix",
                    "not with if_version or if_mod_revision",
                    "true",
                    field + " of a prefix cannot depend on one key's version");
        }
    }

    private static void txn(Txn txn, FieldChecks checks) {
        checks.count(
                "txn operations",
                (long) txn.getComparesCount() + txn.getGuardsCount() + txn.getThenCount() + txn.getOtherwiseCount(),
                RequestLimits.TXN_OPERATIONS);
        for (Compare compare : txn.getComparesList()) {
            checks.key("txn.compares.key", compare.getKey());
            checks.bytes("txn.compares.value", compare.getValue(), 0, RequestLimits.VALUE_BYTES);
            if (compare.getTargetCase() == Compare.TargetCase.TARGET_NOT_SET) {
                checks.unsupported("txn.compares without a known target");
            }
        }
        checks.guards("txn.guards", txn.getGuardsList(), RequestLimits.TXN_OPERATIONS);
        operations("txn.then", txn.getThenList(), checks);
        operations("txn.otherwise", txn.getOtherwiseList(), checks);
    }

    private static void operations(String field, List<TxnOperation> operations, FieldChecks checks) {
        for (TxnOperation operation : operations) {
            switch (operation.getKindCase()) {
                case PUT -> put(field + ".put", operation.getPut(), checks);
                case DELETE -> delete(field + ".delete", operation.getDelete(), checks);
                case GET -> {
                    int min = operation.getGet().getPrefix() ? 0 : 1;
                    checks.bytes(field + ".get.key", operation.getGet().getKey(), min, RequestLimits.KEY_BYTES);
                    checks.range(
                            field + ".get.limit",
                            Integer.toUnsignedLong(operation.getGet().getLimit()),
                            0,
                            RequestLimits.RANGE_ENTRIES);
                }
                case KIND_NOT_SET -> checks.unsupported(field + " without a known kind");
            }
        }
    }

    private static void acquire(AcquireLock acquire, FieldChecks checks) {
        checks.name("acquire_lock.name", acquire.getName());
        long capacity = Integer.toUnsignedLong(acquire.getCapacity());
        checks.range("acquire_lock.capacity", capacity, 0, RequestLimits.CAPACITY);
        checks.range("acquire_lock.permits", Integer.toUnsignedLong(acquire.getPermits()), 0, Math.max(1, capacity));
        checks.range("acquire_lock.wait_millis", acquire.getWaitMillis(), 0, RequestLimits.WAIT_MAX_MILLIS);
        checks.range(
                "acquire_lock.lock_delay_millis", acquire.getLockDelayMillis(), 0, RequestLimits.LOCK_DELAY_MAX_MILLIS);
        checks.guards("acquire_lock.guards", acquire.getGuardsList(), RequestLimits.GUARDS);
    }

    private static void withdraw(Withdraw withdraw, FieldChecks checks) {
        checks.name("withdraw.name", withdraw.getName());
        checks.positive("withdraw.waiter.session_id", withdraw.getWaiter().getSessionId());
        checks.positive("withdraw.waiter.sequence", withdraw.getWaiter().getSequence());
    }

    private static void confirmLoss(ConfirmLoss loss, FieldChecks checks) {
        checks.name("confirm_loss.name", loss.getName());
        checks.positive("confirm_loss.token", loss.getToken());
    }

    private static void campaign(Campaign campaign, FieldChecks checks) {
        checks.name("campaign.name", campaign.getName());
        checks.bytes("campaign.proposal", campaign.getProposal(), 0, RequestLimits.PROPOSAL_BYTES);
        checks.range("campaign.wait_millis", campaign.getWaitMillis(), 0, RequestLimits.WAIT_MAX_MILLIS);
    }

    private static void publish(PublishConfig publish, FieldChecks checks) {
        checks.namespace("publish_config.namespace", publish.getNamespace());
        checks.count(
                "publish_config changes",
                (long) publish.getSetCount() + publish.getDeleteCount(),
                RequestLimits.CONFIG_CHANGES);
        for (Map.Entry<String, String> change : publish.getSetMap().entrySet()) {
            checks.text("publish_config.set key", change.getKey(), 1, RequestLimits.KEY_BYTES);
            checks.message("publish_config.set value", change.getValue(), RequestLimits.VALUE_BYTES);
        }
        for (String key : publish.getDeleteList()) {
            checks.text("publish_config.delete", key, 1, RequestLimits.KEY_BYTES);
            if (publish.containsSet(key)) {
                checks.refuse(
                        "publish_config.delete",
                        "not also in set",
                        key,
                        "publish_config sets and deletes the key " + key);
            }
        }
        authorship("publish_config", publish.getAuthor(), publish.getMessage(), checks);
        checks.guards("publish_config.guards", publish.getGuardsList(), RequestLimits.GUARDS);
    }

    private static void rollback(RollbackConfig rollback, FieldChecks checks) {
        checks.namespace("rollback_config.namespace", rollback.getNamespace());
        checks.positive("rollback_config.to_version", rollback.getToVersion());
        authorship("rollback_config", rollback.getAuthor(), rollback.getMessage(), checks);
    }

    private static void setSchema(SetSchema schema, FieldChecks checks) {
        checks.namespace("set_schema.namespace", schema.getNamespace());
        checks.message("set_schema.schema", schema.getSchema(), RequestLimits.SCHEMA_BYTES);
        authorship("set_schema", schema.getAuthor(), "", checks);
    }

    private static void authorship(String field, String author, String message, FieldChecks checks) {
        checks.text(field + ".author", author, 0, RequestLimits.NAME_BYTES);
        checks.message(field + ".message", message, RequestLimits.CONFIG_MESSAGE_BYTES);
    }
}
