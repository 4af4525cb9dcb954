package io.gavel.faults.sim.client;

import io.gavel.client.error.ErrorDetail;
import io.gavel.client.internal.core.Grant;
import io.gavel.client.internal.core.GrantCompletion;
import io.gavel.client.internal.core.GrantRequest;
import io.gavel.client.internal.port.Completion;
import io.gavel.client.lock.LockOptions;
import io.gavel.client.lock.LossReason;
import io.gavel.faults.history.Answer;
import io.gavel.faults.history.Call;
import io.gavel.faults.history.Event;
import io.gavel.faults.history.Observation;
import io.gavel.faults.history.Stamp;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Delete;
import io.gavel.protocol.v1.GetQuery;
import io.gavel.protocol.v1.Guard;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.TokenGuard;
import io.gavel.protocol.v1.Txn;
import io.gavel.protocol.v1.TxnOperation;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A production client whose every operation somebody else decides, and the record of it.
public final class Actor {
    private static final long SECOND = 1_000_000_000L;

    private final Script script;
    private final Function<String, Follower> following;
    private long patienceNanos = 20 * SECOND;
    private @Nullable Act inTurn;

    Actor(Script script, Function<String, Follower> following) {
        this.script = script;
        this.following = following;
    }

    public SimClient client() {
        return script.client();
    }

    /// How long operations that begin from now on may take.
    public Actor patience(long nanos) {
        patienceNanos = nanos;
        return this;
    }

    /// Writes a value that nobody else writes.
    public Act put(String key) {
        String value = script.freshValue();
        Command command = Command.newBuilder().setPut(KeyChores.put(key, value)).build();
        return execute(new Call.Put(key, value), Stamp.NONE, command, KeyChores::written);
    }

    public Act delete(String key) {
        Command command = Command.newBuilder()
                .setDelete(Delete.newBuilder().setKey(Script.bytes(key)))
                .build();
        return execute(
                new Call.Delete(key),
                Stamp.NONE,
                command,
                result -> new Answer.Deleted(result.getDelete().getDeleted() > 0, null, result.getRevision()));
    }

    /// A write that only holds if the key still has this version.
    public Act putIf(String key, long version) {
        String value = script.freshValue();
        Command command = Command.newBuilder()
                .setPut(KeyChores.put(key, value).setIfVersion(version))
                .build();
        return execute(
                new Call.CompareAndSet(key, false, null, version, value),
                Stamp.NONE,
                command,
                result -> new Answer.Compared(true, result.getPut().getVersion(), result.getRevision(), false, null));
    }

    /// Writes two keys in one transaction.
    public Act putBoth(String key, String other) {
        String value = script.freshValue();
        Txn txn = Txn.newBuilder()
                .addThen(TxnOperation.newBuilder().setPut(KeyChores.put(key, value)))
                .addThen(TxnOperation.newBuilder().setPut(KeyChores.put(other, value)))
                .build();
        Call call = new Call.Transaction(
                List.of(),
                List.of(new Call.Step(Call.Kind.PUT, key, value), new Call.Step(Call.Kind.PUT, other, value)),
                List.of());
        return execute(call, Stamp.NONE, Command.newBuilder().setTxn(txn).build(), KeyChores::branch);
    }

    /// A linearizable read.
    public Act get(String key) {
        Act act = new Act("get " + key);
        client().run(() -> {
            Script.Open open = open(act, new Call.Get(key, false), Stamp.NONE);
            Query query = Query.newBuilder()
                    .setGet(GetQuery.newBuilder().setKey(Script.bytes(key)))
                    .build();
            client().core().read(query, deadline(), new Completion<>() {
                @Override
                public void succeed(QueryResult result) {
                    boolean present = result.getGet().hasEntry();
                    String value =
                            present ? Script.text(result.getGet().getEntry().getValue()) : null;
                    Long version = present ? result.getGet().getEntry().getVersion() : null;
                    open.ok(new Answer.Read(value, version, null));
                    act.ok(value, version == null ? 0 : version);
                }

                @Override
                public void fail(ErrorDetail error) {
                    open.failed((Answer) null);
                    act.fail(Act.State.FAILED, String.valueOf(error));
                }
            });
        });
        return act;
    }

    /// Asks for a lock and waits for it at most so long.
    public Act lock(String name, long waitNanos) {
        return acquire(name, GrantRequest.lock(name, LockOptions.EXCLUSIVE, waitNanos));
    }

    /// Stands for an election and waits for it at most so long.
    public Act campaign(String name, long waitNanos) {
        return acquire("election/" + name, GrantRequest.leadership(name, Script.bytes(client().host()), waitNanos));
    }

    /// Writes a key under the guard of what was granted.
    public Act fencedPut(Grant grant, String key) {
        String value = script.freshValue();
        TokenGuard.Builder token =
                TokenGuard.newBuilder().setName(grant.request().name()).setToken(grant.token());
        Guard.Builder guard = grant.request().election()
                ? Guard.newBuilder().setElection(token)
                : Guard.newBuilder().setLock(token);
        Txn txn = Txn.newBuilder()
                .addGuards(guard)
                .addThen(TxnOperation.newBuilder().setPut(KeyChores.put(key, value)))
                .build();
        look(grant);
        return execute(
                new Call.Put(key, value),
                Stamp.fencedBy(grant.token()),
                Command.newBuilder().setTxn(txn).build(),
                result -> result.getTxn().getSucceeded()
                        ? new Answer.Written(
                                result.getTxn().getResults(0).getPut().getVersion(), null, result.getRevision())
                        : null);
    }

    /// Gives back what was granted.
    public Act release(Grant grant) {
        Act act = new Act("release " + grant.request().name());
        client().run(() -> {
            look(grant);
            if (!grant.markReleased()) {
                act.fail(Act.State.FAILED, "it was lost before");
                return;
            }
            Script.Open open = open(act, new Call.Unlock(key(grant), grant.token()), Stamp.NONE);
            client().core().release(grant, deadline(), new Completion<CommandResult>() {
                @Override
                public void succeed(CommandResult result) {
                    open.ok(new Answer.Released(result.getRelease().getReleased()));
                    act.ok();
                }

                @Override
                public void fail(ErrorDetail error) {
                    open.failed(error);
                    act.fail(error);
                }
            });
        });
        return act;
    }

    /// Notes whether the client believes that it holds.
    public boolean look(Grant grant) {
        boolean held = grant.isHeld();
        script.shared()
                .history()
                .add(Event.at(
                        script.now(), script.process(), new Observation.HeldLook(key(grant), grant.token(), held)));
        return held;
    }

    /// Follows all keys under the prefix until the run ends.
    public Follower watch(String prefix) {
        return following.apply(prefix);
    }

    private static String key(Grant grant) {
        return grant.request().election()
                ? "election/" + grant.request().name()
                : grant.request().name();
    }

    private long deadline() {
        return client().deadlineIn(patienceNanos);
    }

    /// An operation beside one that is still open counts as another process's.
    private Script.Open open(Act act, Call call, Stamp stamp) {
        if (inTurn != null && !inTurn.isOver()) {
            return script.openBeside(call, stamp);
        }
        inTurn = act;
        return script.open(call, stamp);
    }

    private Act execute(Call call, Stamp stamp, Command command, Function<CommandResult, @Nullable Answer> answer) {
        Act act = new Act(call.toString());
        client().run(() -> {
            Script.Open open = open(act, call, stamp);
            client().core()
                    .execute(
                            client().core().ownSession(),
                            command.toByteString(),
                            deadline(),
                            new Ending(act, open, call, answer));
        });
        return act;
    }

    private record Ending(Act act, Script.Open open, Call call, Function<CommandResult, @Nullable Answer> answer)
            implements Completion<CommandResult> {
        @Override
        public void succeed(CommandResult result) {
            Answer told = answer.apply(result);
            if (told == null) {
                open.failed((Answer) null);
                act.fail(Act.State.FAILED, "refused by its guard");
            } else {
                open.ok(told);
                act.ok(
                        call instanceof Call.Put put ? put.value() : null,
                        result.getPut().getVersion());
            }
        }

        @Override
        public void fail(ErrorDetail error) {
            if (call instanceof Call.CompareAndSet && error.code() == io.gavel.client.error.ErrorCode.CONFLICT) {
                open.ok(new Answer.Compared(false, null, null, false, null));
            } else {
                open.failed(error);
            }
            act.fail(error);
        }
    }

    private Act acquire(String key, GrantRequest request) {
        Act act = new Act("acquire " + key);
        client().run(() -> {
            Script.Open open = open(act, new Call.Lock(key, null), Stamp.NONE);
            var _ = client().core()
                    .acquire(client().core().ownSession(), request, patienceNanos, new GrantCompletion() {
                        @Override
                        public void granted(Grant grant) {
                            open.ok(new Answer.Granted(grant.token(), null));
                            grant.listen(new Losing(grant));
                            act.ok(grant);
                            look(grant);
                        }

                        @Override
                        public void notInTime() {
                            open.failed((Answer) null);
                            act.fail(Act.State.FAILED, "not in time");
                        }

                        @Override
                        public void fail(ErrorDetail error) {
                            open.failed(error);
                            act.fail(error);
                        }
                    });
        });
        return act;
    }

    private final class Losing implements Grant.LossListener {
        private final Grant grant;

        Losing(Grant grant) {
            this.grant = grant;
        }

        @Override
        public void onLoss(LossReason reason) {
            look(grant);
        }

        @Override
        public void onSuspect(boolean suspect) {}
    }

    /// What was granted; fails if nothing was.
    public static Grant granted(Act act) {
        return Objects.requireNonNull(act.grant(), act::toString);
    }
}
