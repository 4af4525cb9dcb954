package io.gavel.server.state;

import static io.gavel.server.state.LogDriver.bytes;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.CloseSession;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.Compact;
import io.gavel.protocol.v1.Compare;
import io.gavel.protocol.v1.Delete;
import io.gavel.protocol.v1.EvictSession;
import io.gavel.protocol.v1.Guard;
import io.gavel.protocol.v1.Put;
import io.gavel.protocol.v1.ReadOperation;
import io.gavel.protocol.v1.Txn;
import io.gavel.protocol.v1.TxnOperation;
import io.gavel.raft.Payload;
import io.gavel.server.entry.Envelope;
import io.gavel.server.entry.RequestStamp;
import io.gavel.server.entry.v1.AnnounceMember;
import io.gavel.server.entry.v1.ChangeSettings;
import io.gavel.server.entry.v1.ClockEntry;
import io.gavel.server.entry.v1.ClusterSettings;
import io.gavel.server.entry.v1.CompactHistory;
import io.gavel.server.entry.v1.ContinueExpiry;
import io.gavel.server.entry.v1.Renewal;
import io.gavel.server.entry.v1.ServerCommand;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// A random log from a seed: all kinds of entries that need no lock table, on few keys and sessions so that they meet,
/// with retries, duplicates, wrong proofs and requests of sessions that have ended.
final class RandomLog {
    private static final int KEYS = 12;
    private static final int SESSIONS = 6;

    private final SplittableRandom random;
    private final List<Payload> log = new ArrayList<>();
    private long revisionsAtMost;

    private RandomLog(long seed) {
        random = new SplittableRandom(seed);
    }

    static List<Payload> of(long seed, int entries) {
        RandomLog log = new RandomLog(seed);
        log.server(ServerCommand.newBuilder()
                .setChangeSettings(ChangeSettings.newBuilder()
                        .setSettings(ClusterSettings.newBuilder()
                                .setCheckpointInterval(7)
                                .setExpirySessionsPerEntry(2)
                                .setExpiryKeysPerEntry(3)
                                .setSessionWindow(16)
                                .setMaxKeysPerSession(4))));
        while (log.log.size() < entries) {
            log.next();
        }
        return log.log;
    }

    private void next() {
        switch (random.nextInt(20)) {
            case 0, 1 -> client(RequestStamp.NONE, open());
            case 2, 3, 4 -> clock();
            case 5 -> server(ServerCommand.newBuilder().setContinueExpiry(ContinueExpiry.getDefaultInstance()));
            case 6 -> rare();
            case 7 -> log.add(log.get(random.nextInt(log.size())));
            case 8, 9 -> client(RequestStamp.NONE, keyCommand(false));
            default -> client(stamp(), keyCommand(true));
        }
    }

    private void rare() {
        switch (random.nextInt(6)) {
            case 0 -> client(stamp(), closeCommand());
            case 1 ->
                client(
                        RequestStamp.NONE,
                        Command.newBuilder()
                                .setEvictSession(EvictSession.newBuilder()
                                        .setSessionId(session())
                                        .setNow(random.nextBoolean()))
                                .build());
            case 2 ->
                client(
                        RequestStamp.NONE,
                        Command.newBuilder()
                                .setCompact(Compact.newBuilder().setRevision(random.nextLong(revisionsAtMost + 1)))
                                .build());
            case 3 ->
                server(ServerCommand.newBuilder()
                        .setCompactHistory(
                                CompactHistory.newBuilder().setRevision(random.nextLong(revisionsAtMost + 1))));
            case 4 ->
                server(ServerCommand.newBuilder()
                        .setAnnounceMember(AnnounceMember.newBuilder()
                                .setMemberId(1 + random.nextInt(3))
                                .setClientEndpoint("127.0.0.1:" + random.nextInt(10))));
            default ->
                server(ServerCommand.newBuilder()
                        .setChangeSettings(ChangeSettings.newBuilder()
                                .setSettings(
                                        ClusterSettings.newBuilder().setMaxStateBytes(1_000 + random.nextInt(5_000)))));
        }
    }

    private static Command closeCommand() {
        return Command.newBuilder()
                .setCloseSession(CloseSession.getDefaultInstance())
                .build();
    }

    private Command open() {
        return LogDriver.openCommand(session(), 1_000L * (1 + random.nextInt(3)));
    }

    private long session() {
        return 1L + random.nextInt(SESSIONS);
    }

    /// Proofs belong to seeds and ids to sessions; they agree often enough, and disagree often enough.
    private RequestStamp stamp() {
        long id = session();
        long proof = LogDriver.proof(random.nextInt(8) == 0 ? session() : id);
        long sequence = 1L + log.size() / 20 + random.nextInt(12);
        long floor = Math.max(1, sequence - random.nextInt(10));
        return new RequestStamp(id, proof, sequence, floor);
    }

    private void clock() {
        ClockEntry.Builder clock = ClockEntry.newBuilder().setAdvanceNanos(random.nextLong(600_000_000));
        for (int i = random.nextInt(4); i > 0; i--) {
            long id = session();
            clock.addRenewals(Renewal.newBuilder()
                    .setSessionId(id)
                    .setProof(LogDriver.proof(id))
                    .setOriginMember(1)
                    .setRenewalId(log.size()));
        }
        server(ServerCommand.newBuilder().setClock(clock));
    }

    private Command keyCommand(boolean inSession) {
        revisionsAtMost++;
        return switch (random.nextInt(4)) {
            case 0 -> Command.newBuilder().setDelete(delete()).build();
            case 1 -> Command.newBuilder().setTxn(transaction(inSession)).build();
            default -> Command.newBuilder().setPut(put(inSession)).build();
        };
    }

    private ByteString key() {
        return bytes("k" + random.nextInt(KEYS));
    }

    private Put.Builder put(boolean inSession) {
        Put.Builder put = Put.newBuilder()
                .setKey(key())
                .setValue(bytes("v".repeat(random.nextInt(40))))
                .setReturnPrevious(random.nextInt(4) == 0);
        if (inSession && random.nextInt(3) == 0) {
            put.setEphemeral(true);
        }
        if (random.nextInt(4) == 0) {
            put.setTtlMillis(1 + random.nextInt(2_000));
        }
        if (random.nextInt(4) == 0) {
            put.setIfVersion(random.nextInt(3));
        }
        return put;
    }

    private Delete.Builder delete() {
        Delete.Builder delete = Delete.newBuilder().setKey(key()).setReturnPrevious(random.nextInt(4) == 0);
        if (random.nextInt(5) == 0) {
            delete.setKey(bytes("k1")).setPrefix(true);
        } else if (random.nextInt(4) == 0) {
            delete.setIfVersion(random.nextInt(3));
        }
        return delete;
    }

    private Txn.Builder transaction(boolean inSession) {
        Txn.Builder txn = Txn.newBuilder();
        for (int i = random.nextInt(3); i > 0; i--) {
            txn.addCompares(Compare.newBuilder()
                    .setKey(key())
                    .setRelationValue(random.nextInt(4))
                    .setVersion(random.nextInt(3)));
        }
        if (random.nextInt(5) == 0) {
            txn.addGuards(Guard.newBuilder().setSessionAlive(session()));
        }
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            txn.addThen(operation(inSession));
            txn.addOtherwise(operation(inSession));
        }
        return txn;
    }

    private TxnOperation operation(boolean inSession) {
        return switch (random.nextInt(3)) {
            case 0 -> TxnOperation.newBuilder().setPut(put(inSession)).build();
            case 1 -> TxnOperation.newBuilder().setDelete(delete()).build();
            default ->
                TxnOperation.newBuilder()
                        .setGet(ReadOperation.newBuilder().setKey(bytes("k")).setPrefix(true))
                        .build();
        };
    }

    private void client(RequestStamp stamp, Command command) {
        log.add(Payload.wrap(Envelope.ofClient(1, 0, stamp, command.toByteArray())));
    }

    private void server(ServerCommand.Builder command) {
        log.add(Payload.wrap(Envelope.ofServer(1, command.build().toByteArray())));
    }
}
