package io.gavel.faults.sim.client;

import io.gavel.client.error.ErrorDetail;
import io.gavel.client.internal.port.Completion;
import io.gavel.faults.history.Answer;
import io.gavel.faults.history.Call;
import io.gavel.faults.history.Stamp;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Compare;
import io.gavel.protocol.v1.Delete;
import io.gavel.protocol.v1.Put;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.ReadOperation;
import io.gavel.protocol.v1.Txn;
import io.gavel.protocol.v1.TxnOperation;
import io.gavel.protocol.v1.TxnOperationResult;
import io.gavel.protocol.v1.TxnResult;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Work on keys: registers, a counter, a bank.
final class KeyChores {
    static final String REGISTER_PREFIX = "r/";
    static final String COUNTER = "counter";
    static final String INCREMENTS = "counter/c";
    static final String LIST = "append/l";
    static final String ACCOUNT_PREFIX = "bank/";
    static final int ACCOUNTS = 3;
    private static final int REGISTERS = 3;
    private static final int LONGEST_LIST = 400;
    private static final int OPENING_BALANCE = 100;

    private KeyChores() {}

    private static String register(Script script) {
        return REGISTER_PREFIX + script.random().nextInt(REGISTERS);
    }

    static void put(Script script, Runnable then) {
        put(script, register(script), then);
    }

    /// Adds one to the counter's version: the store counts how often it was written.
    static void count(Script script, Runnable then) {
        put(script, COUNTER, then);
    }

    static void put(Script script, String key, Runnable then) {
        String value = script.freshValue();
        Command command = Command.newBuilder().setPut(put(key, value)).build();
        script.execute(new Call.Put(key, value), Stamp.NONE, command, KeyChores::written, then);
    }

    static Put.Builder put(String key, String value) {
        return Put.newBuilder().setKey(Script.bytes(key)).setValue(Script.bytes(value));
    }

    static Answer written(CommandResult result) {
        return new Answer.Written(result.getPut().getVersion(), null, result.getRevision());
    }

    static void get(Script script, Runnable then) {
        String key = script.random().nextInt(4) == 0 ? COUNTER : register(script);
        script.get(key, always(then));
    }

    private static Completion<QueryResult> always(Runnable then) {
        return new Completion<>() {
            @Override
            public void succeed(QueryResult result) {
                then.run();
            }

            @Override
            public void fail(ErrorDetail error) {
                then.run();
            }
        };
    }

    /// Reads what may be old.
    static void staleGet(Script script, Runnable then) {
        script.staleGet(register(script), then);
    }

    /// Reads a key and writes it if nobody did meanwhile.
    static void compareAndSet(Script script, Runnable then) {
        change(script, register(script), _ -> script.freshValue(), then);
    }

    /// Counts one further.
    static void increment(Script script, Runnable then) {
        change(script, INCREMENTS, old -> Long.toString(old.isEmpty() ? 1 : Long.parseLong(old) + 1), then);
    }

    /// Adds an element to a list, unless it is long.
    static void append(Script script, Runnable then) {
        change(
                script,
                LIST,
                old -> old.length() > LONGEST_LIST
                        ? old
                        : old.isEmpty() ? script.freshValue() : old + "," + script.freshValue(),
                then);
    }

    /// Reads a key and writes what follows from its value, empty = absent, if nobody did meanwhile.
    private static void change(Script script, String key, UnaryOperator<String> next, Runnable then) {
        script.get(key, new Completion<>() {
            @Override
            public void succeed(QueryResult result) {
                boolean present = result.getGet().hasEntry();
                long version = present ? result.getGet().getEntry().getVersion() : 0;
                String old = present ? Script.text(result.getGet().getEntry().getValue()) : "";
                String value = next.apply(old);
                if (value.equals(old)) {
                    then.run();
                    return;
                }
                Command command = Command.newBuilder()
                        .setPut(put(key, value).setIfVersion(version))
                        .build();
                script.execute(
                        new Call.CompareAndSet(key, false, null, version, value),
                        Stamp.NONE,
                        command,
                        answer -> new Answer.Compared(
                                true, answer.getPut().getVersion(), answer.getRevision(), false, null),
                        then);
            }

            @Override
            public void fail(ErrorDetail error) {
                then.run();
            }
        });
    }

    static void delete(Script script, Runnable then) {
        String key = register(script);
        Command command = Command.newBuilder()
                .setDelete(Delete.newBuilder().setKey(Script.bytes(key)))
                .build();
        script.execute(
                new Call.Delete(key),
                Stamp.NONE,
                command,
                result -> new Answer.Deleted(result.getDelete().getDeleted() > 0, null, result.getRevision()),
                then);
    }

    // ---- the bank

    /// Opens all accounts, unless they are.
    static void openBank(Script script, Runnable then) {
        List<Call.Condition> conditions = new ArrayList<>();
        List<Call.Step> steps = new ArrayList<>();
        Txn.Builder txn = Txn.newBuilder();
        for (int account = 0; account < ACCOUNTS; account++) {
            String key = ACCOUNT_PREFIX + account;
            String value = Integer.toString(OPENING_BALANCE);
            conditions.add(new Call.Condition(key, null, 0L));
            steps.add(new Call.Step(Call.Kind.PUT, key, value));
            txn.addCompares(Compare.newBuilder().setKey(Script.bytes(key)).setVersion(0));
            txn.addThen(TxnOperation.newBuilder().setPut(put(key, value)));
        }
        transact(script, new Call.Transaction(conditions, steps, List.of()), txn, then);
    }

    /// Reads two accounts and moves money between them if they are still so.
    static void transfer(Script script, Runnable then) {
        int from = script.random().nextInt(ACCOUNTS);
        int to = (from + 1 + script.random().nextInt(ACCOUNTS - 1)) % ACCOUNTS;
        script.get(ACCOUNT_PREFIX + from, new Completion<>() {
            @Override
            public void succeed(QueryResult source) {
                script.get(ACCOUNT_PREFIX + to, new Completion<>() {
                    @Override
                    public void succeed(QueryResult target) {
                        move(script, ACCOUNT_PREFIX + from, source, ACCOUNT_PREFIX + to, target, then);
                    }

                    @Override
                    public void fail(ErrorDetail error) {
                        then.run();
                    }
                });
            }

            @Override
            public void fail(ErrorDetail error) {
                then.run();
            }
        });
    }

    private static void move(
            Script script, String from, QueryResult source, String to, QueryResult target, Runnable then) {
        if (!source.getGet().hasEntry() || !target.getGet().hasEntry()) {
            openBank(script, then);
            return;
        }
        String sourceValue = Script.text(source.getGet().getEntry().getValue());
        String targetValue = Script.text(target.getGet().getEntry().getValue());
        int amount = 1 + script.random().nextInt(10);
        String less = Integer.toString(Integer.parseInt(sourceValue) - amount);
        String more = Integer.toString(Integer.parseInt(targetValue) + amount);
        Call.Transaction call = new Call.Transaction(
                List.of(new Call.Condition(from, sourceValue, null), new Call.Condition(to, targetValue, null)),
                List.of(new Call.Step(Call.Kind.PUT, from, less), new Call.Step(Call.Kind.PUT, to, more)),
                List.of(new Call.Step(Call.Kind.GET, from, null), new Call.Step(Call.Kind.GET, to, null)));
        Txn.Builder txn = Txn.newBuilder()
                .addCompares(Compare.newBuilder().setKey(Script.bytes(from)).setValue(Script.bytes(sourceValue)))
                .addCompares(Compare.newBuilder().setKey(Script.bytes(to)).setValue(Script.bytes(targetValue)))
                .addThen(TxnOperation.newBuilder().setPut(put(from, less)))
                .addThen(TxnOperation.newBuilder().setPut(put(to, more)))
                .addOtherwise(read(from))
                .addOtherwise(read(to));
        transact(script, call, txn, then);
    }

    /// Reads all accounts at once.
    static void audit(Script script, Runnable then) {
        List<Call.Step> steps = new ArrayList<>();
        Txn.Builder txn = Txn.newBuilder();
        for (int account = 0; account < ACCOUNTS; account++) {
            steps.add(new Call.Step(Call.Kind.GET, ACCOUNT_PREFIX + account, null));
            txn.addThen(read(ACCOUNT_PREFIX + account));
        }
        transact(script, new Call.Transaction(List.of(), steps, List.of()), txn, then);
    }

    private static TxnOperation read(String key) {
        return TxnOperation.newBuilder()
                .setGet(ReadOperation.newBuilder().setKey(Script.bytes(key)))
                .build();
    }

    private static void transact(Script script, Call.Transaction call, Txn.Builder txn, Runnable then) {
        script.execute(call, Stamp.NONE, Command.newBuilder().setTxn(txn).build(), result -> branch(result), then);
    }

    static Answer branch(CommandResult result) {
        TxnResult txn = result.getTxn();
        List<Answer.Part> parts = new ArrayList<>();
        for (TxnOperationResult each : txn.getResultsList()) {
            parts.add(part(each));
        }
        return new Answer.Branch(txn.getSucceeded(), parts, result.getRevision());
    }

    private static Answer.Part part(TxnOperationResult result) {
        return switch (result.getKindCase()) {
            case PUT -> new Answer.Part(false, null, result.getPut().getVersion());
            case DELETE, KIND_NOT_SET -> new Answer.Part(false, null, null);
            case GET -> {
                boolean present = result.getGet().getEntriesCount() > 0;
                @Nullable
                String value =
                        present ? Script.text(result.getGet().getEntries(0).getValue()) : null;
                yield new Answer.Part(
                        true, value, present ? result.getGet().getEntries(0).getVersion() : null);
            }
        };
    }
}
