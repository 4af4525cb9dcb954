package io.gavel.faults.sim.client;

import com.google.protobuf.ByteString;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.Outcome;
import io.gavel.client.internal.core.SessionSlot;
import io.gavel.client.internal.port.Completion;
import io.gavel.faults.history.Answer;
import io.gavel.faults.history.Call;
import io.gavel.faults.history.History;
import io.gavel.faults.history.Stamp;
import io.gavel.faults.sim.check.Goal;
import io.gavel.faults.sim.time.Scheduler;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Consistency;
import io.gavel.protocol.v1.GetQuery;
import io.gavel.protocol.v1.Guard;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.TokenGuard;
import io.gavel.protocol.v1.Txn;
import io.gavel.protocol.v1.TxnOperation;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// What one client does, one operation after the other, and the record of it.
///
/// After an operation whose outcome is unknown, or beside one that is open, the client goes on as another process of
/// the history.
final class Script {
    /// What scripts share.
    ///
    /// @param processes yields numbers that no process had
    /// @param pace of all of them
    /// @param oldestRevision the oldest one that is readable, by what any member has told
    /// @param isOver whether no operation is to be begun any more
    record Shared(
            Scheduler scheduler,
            History history,
            Tally tally,
            Workload.Pace pace,
            HeldGrants held,
            IntSupplier processes,
            LongSupplier oldestRevision,
            BooleanSupplier isOver,
            Consumer<Goal> reached) {}

    private static final long MILLI = 1_000_000;

    private final SimClient client;
    private final SessionSlot session;
    private final String name;
    private final Shared shared;
    private final RandomGenerator random;
    private final long patienceNanos;
    private int process;
    private long values;

    Script(SimClient client, Shared shared, RandomGenerator random) {
        this(client, client.core().ownSession(), String.valueOf(client.id()), shared, random);
    }

    /// One that works in another session of the client; its `name` makes its values differ from all others.
    Script(SimClient client, SessionSlot session, String name, Shared shared, RandomGenerator random) {
        this.client = client;
        this.session = session;
        this.name = name;
        this.shared = shared;
        this.random = random;
        this.process = shared.processes().getAsInt();
        // The impatient give up long before the cluster answers: then only the log knows what became of it.
        long brief = shared.pace().shortestPatienceNanos() + (50 + random.nextLong(1_000)) * MILLI;
        this.patienceNanos = random.nextInt(3) > 0 ? 5_000 * MILLI : brief;
    }

    SimClient client() {
        return client;
    }

    SessionSlot session() {
        return session;
    }

    RandomGenerator random() {
        return random;
    }

    long now() {
        return shared.scheduler().nowNanos();
    }

    Shared shared() {
        return shared;
    }

    int process() {
        return process;
    }

    /// A value that nobody else writes.
    String freshValue() {
        return name + "-" + ++values;
    }

    static ByteString bytes(String text) {
        return ByteString.copyFromUtf8(text);
    }

    static String text(ByteString bytes) {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /// One operation of the history, while it is open.
    final class Open {
        private final long id;
        private final Tally tally;
        private boolean ended;

        private Open(int process, Call call, Stamp stamp, Tally tally) {
            this.tally = tally;
            id = shared.history().invoke(process, call, stamp, now());
            tally.begun();
        }

        void ok(Answer answer) {
            if (!ended) {
                ended = true;
                shared.history().ok(id, answer, now());
                tally.ok();
            }
        }

        void failed(@Nullable Answer answer) {
            if (!ended) {
                ended = true;
                shared.history().fail(id, answer, now());
                tally.failed();
            }
        }

        void unknown() {
            if (!ended) {
                ended = true;
                shared.history().info(id, now());
                tally.unknown();
                process = shared.processes().getAsInt();
            }
        }

        void failed(ErrorDetail error) {
            if (error.outcome() == Outcome.NOT_APPLIED) {
                failed((Answer) null);
            } else {
                unknown();
            }
        }
    }

    Open open(Call call, Stamp stamp) {
        return new Open(process, call, stamp, shared.tally());
    }

    /// An operation beside the one that may be open, as a process of its own.
    Open openBeside(Call call, Stamp stamp) {
        return new Open(shared.processes().getAsInt(), call, stamp, shared.tally());
    }

    /// An operation beside the one that may be open, counted apart from what the workload does.
    Open openBeside(Call call, Stamp stamp, Tally tally) {
        return new Open(shared.processes().getAsInt(), call, stamp, tally);
    }

    /// When this client's patience for an operation that begins now ends.
    long deadline() {
        return client.deadlineIn(patienceNanos);
    }

    /// Runs a command in the script's session; `answer` turns its result into what was told, null = it failed.
    void execute(
            Call call, Stamp stamp, Command command, Function<CommandResult, @Nullable Answer> answer, Runnable then) {
        Open open = open(call, stamp);
        client.core().execute(session, command.toByteString(), deadline(), new Completion<>() {
            @Override
            public void succeed(CommandResult result) {
                Answer told = answer.apply(result);
                if (told == null) {
                    open.failed((Answer) null);
                } else {
                    open.ok(told);
                }
                then.run();
            }

            @Override
            public void fail(ErrorDetail error) {
                Answer told = refusal(call, error);
                if (told != null) {
                    open.ok(told);
                } else {
                    open.failed(error);
                }
                then.run();
            }
        });
    }

    /// A comparison that differed is an answer, not a failure.
    private static @Nullable Answer refusal(Call call, ErrorDetail error) {
        boolean conflict = error.code() == io.gavel.client.error.ErrorCode.CONFLICT;
        return conflict && call instanceof Call.CompareAndSet
                ? new Answer.Compared(false, null, null, false, null)
                : null;
    }

    /// A linearizable read of one key; `then` hears the value, null = absent, or nothing if it failed.
    void get(String key, Completion<QueryResult> then) {
        Open open = open(new Call.Get(key, false), Stamp.NONE);
        Query query = Query.newBuilder()
                .setGet(GetQuery.newBuilder().setKey(bytes(key)))
                .build();
        client.core().read(query, deadline(), new Completion<>() {
            @Override
            public void succeed(QueryResult result) {
                open.ok(answer(result));
                then.succeed(result);
            }

            @Override
            public void fail(ErrorDetail error) {
                open.failed((Answer) null);
                then.fail(error);
            }
        });
    }

    /// A read that any member answers from what it has.
    void staleGet(String key, Runnable then) {
        Open open = open(new Call.Get(key, true), Stamp.NONE);
        Query query = Query.newBuilder()
                .setConsistency(Consistency.STALE)
                .setGet(GetQuery.newBuilder().setKey(bytes(key)))
                .build();
        client.core().read(query, deadline(), new Completion<>() {
            @Override
            public void succeed(QueryResult result) {
                open.ok(answer(result));
                then.run();
            }

            @Override
            public void fail(ErrorDetail error) {
                open.failed((Answer) null);
                then.run();
            }
        });
    }

    private static Answer answer(QueryResult result) {
        boolean present = result.getGet().hasEntry();
        return new Answer.Read(
                present ? text(result.getGet().getEntry().getValue()) : null,
                present ? result.getGet().getEntry().getVersion() : null,
                null);
    }

    /// Writes a fresh value if the guard holds; `then` hears whether it surely did.
    void write(String key, Guard guard, Consumer<Boolean> then) {
        String value = freshValue();
        TokenGuard token = guard.hasElection() ? guard.getElection() : guard.getLock();
        Txn txn = Txn.newBuilder()
                .addGuards(guard)
                .addThen(TxnOperation.newBuilder().setPut(KeyChores.put(key, value)))
                .build();
        boolean[] held = new boolean[1];
        execute(
                new Call.Put(key, value),
                Stamp.fencedBy(token.getToken()),
                Command.newBuilder().setTxn(txn).build(),
                result -> {
                    held[0] = result.getTxn().getSucceeded();
                    return held[0]
                            ? new Answer.Written(
                                    result.getTxn().getResults(0).getPut().getVersion(), null, result.getRevision())
                            : null;
                },
                () -> then.accept(held[0]));
    }
}
