package io.gavel.faults.sim.client;

import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.Outcome;
import io.gavel.client.internal.port.Completion;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.ElectionQuery;
import io.gavel.protocol.v1.EvictSession;
import io.gavel.protocol.v1.ForceReleaseLock;
import io.gavel.protocol.v1.Guard;
import io.gavel.protocol.v1.LockQuery;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.QueuedWaiter;
import io.gavel.protocol.v1.SessionListQuery;
import io.gavel.protocol.v1.SessionState;
import io.gavel.protocol.v1.TransferElection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/// What operators do to the work of others: take locks away, move elections, end sessions (rule 4).
final class OperatorChores {
    private static final int MOST_RECORDS = 40;
    private static final long RECORD_EVERY_NANOS = 150_000_000L;
    private static final int MOST_LOOKS = 12;
    private static final long LOOK_EVERY_NANOS = 40_000_000L;

    private OperatorChores() {}

    /// Takes away a lock that somebody holds.
    static void forceRelease(Script script, Runnable then) {
        forceRelease(script, GrantChores.usedLock(script), 0, then);
    }

    /// Lies in wait for somebody to take a lock, and takes it away before they can have done much with it.
    static void forceReleaseAtOnce(Script script, Runnable then) {
        forceRelease(script, GrantChores.usedLock(script), MOST_LOOKS, then);
    }

    private static void forceRelease(Script script, String name, int looks, Runnable then) {
        Runnable lookAgain = looks == 0
                ? then
                : () -> script.client().later(LOOK_EVERY_NANOS, () -> forceRelease(script, name, looks - 1, then));
        ifHeld(script, name, then, lookAgain, token -> {
            ForceReleaseLock force =
                    ForceReleaseLock.newBuilder().setName(name).setToken(token).build();
            execute(script, Command.newBuilder().setForceReleaseLock(force).build(), then);
        });
    }

    /// Goes on with the token of a holder of the lock, if there is one.
    private static void ifHeld(Script script, String name, Runnable failed, Runnable free, LongConsumer held) {
        Query query =
                Query.newBuilder().setLock(LockQuery.newBuilder().setName(name)).build();
        read(script, query, failed, result -> {
            if (result.getLock().getHoldersCount() == 0) {
                free.run();
            } else {
                held.accept(result.getLock().getHolders(0).getToken());
            }
        });
    }

    /// Writes on behalf of whoever holds a lock, guarded by its token.
    static void writeForHolder(Script script, Runnable then) {
        String name = GrantChores.usedLock(script);
        ifHeld(
                script,
                name,
                then,
                then,
                token -> script.write(name + "/work", GrantChores.guard(false, name, token), _ -> then.run()));
    }

    /// Writes on behalf of whichever standby holds, record after record, until its token is refused.
    static void workForHolder(Script script, Runnable then) {
        String name = GrantChores.STANDBY_LOCK;
        ifHeld(
                script,
                name,
                then,
                then,
                token -> work(script, GrantChores.guard(false, name, token), MOST_RECORDS, then));
    }

    private static void work(Script script, Guard guard, int records, Runnable then) {
        script.write(guard.getLock().getName() + "/work", guard, held -> {
            if (held && records > 1) {
                script.client()
                        .later(
                                1 + script.random().nextLong(RECORD_EVERY_NANOS),
                                () -> work(script, guard, records - 1, then));
            } else {
                then.run();
            }
        });
    }

    /// Lets one of the candidates lead instead.
    static void transferElection(Script script, Runnable then) {
        Query query = Query.newBuilder()
                .setElection(ElectionQuery.newBuilder().setName(GrantChores.ELECTION))
                .build();
        read(script, query, then, result -> {
            List<QueuedWaiter> candidates = result.getElection().getCandidatesList();
            if (candidates.isEmpty()) {
                then.run();
                return;
            }
            QueuedWaiter chosen = candidates.get(script.random().nextInt(candidates.size()));
            TransferElection transfer = TransferElection.newBuilder()
                    .setName(GrantChores.ELECTION)
                    .setToSession(chosen.getWaiter().getSessionId())
                    .build();
            execute(script, Command.newBuilder().setTransferElection(transfer).build(), then);
        });
    }

    /// Ends somebody's session.
    static void evict(Script script, Runnable then) {
        Query query = Query.newBuilder()
                .setSessionList(SessionListQuery.getDefaultInstance())
                .build();
        read(script, query, then, result -> {
            List<SessionState> sessions = result.getSessionList().getSessionsList();
            if (sessions.isEmpty()) {
                then.run();
                return;
            }
            SessionState chosen = sessions.get(script.random().nextInt(sessions.size()));
            EvictSession evict = EvictSession.newBuilder()
                    .setSessionId(chosen.getSessionId())
                    .build();
            execute(script, Command.newBuilder().setEvictSession(evict).build(), then);
        });
    }

    private static void read(Script script, Query query, Runnable otherwise, Consumer<QueryResult> then) {
        script.shared().tally().begun();
        script.client().core().read(query, script.deadline(), new Completion<>() {
            @Override
            public void succeed(QueryResult result) {
                script.shared().tally().ok();
                then.accept(result);
            }

            @Override
            public void fail(ErrorDetail error) {
                script.shared().tally().failed();
                otherwise.run();
            }
        });
    }

    private static void execute(Script script, Command command, Runnable then) {
        script.shared().tally().begun();
        script.client()
                .core()
                .execute(
                        script.client().core().ownSession(),
                        command.toByteString(),
                        script.deadline(),
                        new Completion<>() {
                            @Override
                            public void succeed(CommandResult result) {
                                script.shared().tally().ok();
                                then.run();
                            }

                            @Override
                            public void fail(ErrorDetail error) {
                                if (error.outcome() == Outcome.NOT_APPLIED) {
                                    script.shared().tally().failed();
                                } else {
                                    script.shared().tally().unknown();
                                }
                                then.run();
                            }
                        });
    }
}
