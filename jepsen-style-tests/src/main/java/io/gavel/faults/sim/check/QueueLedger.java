package io.gavel.faults.sim.check;

import static io.gavel.faults.sim.check.ViolationException.check;

import io.gavel.faults.history.Observation;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.ForceReleaseLock;
import io.gavel.protocol.v1.Guard;
import io.gavel.protocol.v1.TokenGuard;
import io.gavel.protocol.v1.TransferElection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Locks, permits and elections as the replicated state has them: who waits, who is granted and what ends a grant
/// (rules 4, 9, 10), told as events of the history in the order of the log.
final class QueueLedger {
    /// A grant that was taken away from a client that may not know it: what it held stays taken until the client
    /// confirms or its session ends; if it was the session that was ended, until its deadline; if that expired, for
    /// the lock's delay. From a session that is dead, though not removed yet, it is taken without any of this.
    private record Loss(long session, int permits, long untilNanos) {}

    private static final long NANOS_PER_MILLI = 1_000_000;

    private final Reached reached;
    private final Consumer<Observation> tell;
    private final Map<Long, String> waiterOfToken = new HashMap<>();
    private final SortedMap<String, TreeMap<Long, Loss>> losses = new TreeMap<>();
    private long lastToken;

    QueueLedger(Reached reached, Consumer<Observation> tell) {
        this.reached = reached;
        this.tell = tell;
    }

    /// Judges what the entry did to every queue.
    ///
    /// @param leases of the sessions, as of this entry
    /// @param ended the sessions that it ended
    void onEntry(AppliedEntry entry, LeaseLedger leases, Map<Long, LeaseLedger.Removed> ended) {
        Set<String> names = new TreeSet<>(entry.before().queues().keySet());
        names.addAll(entry.after().queues().keySet());
        List<Grant> grants = new ArrayList<>();
        for (String name : names) {
            StateView.Queue before = entry.before().queue(name);
            StateView.Queue after = entry.after().queue(name);
            tellMoved(name, before, entry);
            if (!before.equals(after)) {
                noteHandOver(before, ended.keySet());
                endGrants(name, before, after, entry, leases, ended);
                grants.addAll(wait(name, before, after, entry));
                checkAlive(name, before, after, entry, leases);
            }
            settleLosses(name, entry, leases);
            int taken = after.permitsHeld() + permitsLost(name);
            check(
                    taken <= after.capacity() || after.holders().isEmpty(),
                    "I21",
                    () -> name + ": " + taken + " of " + after.capacity() + " permits are taken after " + entry.id());
        }
        grants.sort((one, other) -> Long.compare(one.token(), other.token()));
        for (Grant grant : grants) {
            check(
                    grant.token() > lastToken,
                    "I21",
                    () -> grant.lock() + ": token " + grant.token() + " comes after " + lastToken + " at "
                            + entry.id());
            lastToken = grant.token();
            tell.accept(new Observation.QueueGranted(
                    grant.lock(), grant.waiter(), grant.token(), entry.id().index()));
        }
    }

    private record Grant(String lock, String waiter, long token) {}

    // ---- who comes, who goes

    /// Tells who left and who came; returns who was granted.
    private List<Grant> wait(String name, StateView.Queue before, StateView.Queue after, AppliedEntry entry) {
        long index = entry.id().index();
        Map<Long, String> granted = granted(name, before, after, entry);
        for (String waiter : before.waiters().keySet()) {
            if (!after.waiters().containsKey(waiter) && !granted.containsValue(waiter)) {
                tell.accept(new Observation.QueueLeft(name, waiter, index));
            }
        }
        for (String waiter : after.waiters().keySet()) {
            if (!before.waiters().containsKey(waiter)) {
                tell.accept(new Observation.Enqueued(name, waiter, index));
            }
        }
        List<Grant> grants = new ArrayList<>();
        granted.forEach((token, waiter) -> {
            if (!before.waiters().containsKey(waiter)) {
                tell.accept(new Observation.Enqueued(name, waiter, index));
            }
            waiterOfToken.put(token, waiter);
            grants.add(new Grant(name, waiter, token));
        });
        return grants;
    }

    /// The waiters behind the tokens that are new: of one session the one that waited longest, or the request that
    /// the entry is.
    private static Map<Long, String> granted(
            String name, StateView.Queue before, StateView.Queue after, AppliedEntry entry) {
        Map<Long, String> granted = new TreeMap<>();
        Set<String> taken = new HashSet<>();
        after.holders().forEach((token, held) -> {
            if (before.holders().containsKey(token)) {
                return;
            }
            String waiter = null;
            for (String candidate : before.waiters().keySet()) {
                boolean its = StateView.sessionOf(candidate) == held.session();
                if (waiter == null && its && !after.waiters().containsKey(candidate) && taken.add(candidate)) {
                    waiter = candidate;
                }
            }
            if (waiter == null && entry.stamp().sessionId() == held.session() && taken.add(entry.request())) {
                waiter = entry.request();
            }
            check(
                    waiter != null,
                    "I21",
                    () -> name + ": session " + held.session() + " is granted at " + entry.id() + " and did not ask");
            granted.put(token, waiter == null ? "" : waiter);
        });
        return granted;
    }

    private static void checkAlive(
            String name, StateView.Queue before, StateView.Queue after, AppliedEntry entry, LeaseLedger leases) {
        after.holders()
                .forEach((token, held) -> check(
                        before.holders().containsKey(token)
                                || leases.deadlineNanos(held.session())
                                        > entry.after().nowNanos(),
                        "I22",
                        () -> name + ": session " + held.session() + " is granted at " + entry.id()
                                + ", but it is dead"));
    }

    /// The order of a queue is no part of what makes it equal, so this is told for itself.
    private void tellMoved(String name, StateView.Queue before, AppliedEntry entry) {
        TransferElection transfer = entry.command().getTransferElection();
        boolean moves = entry.command().hasTransferElection() && name.equals(electionOf(entry.command()));
        if (entry.isRefused() || !moves) {
            return;
        }
        for (String waiter : before.waiters().keySet()) {
            if (StateView.sessionOf(waiter) == transfer.getToSession()) {
                tell.accept(new Observation.QueueMoved(name, waiter, entry.id().index()));
                return;
            }
        }
    }

    private void noteHandOver(StateView.Queue before, Set<Long> ended) {
        boolean freed = before.holders().values().stream().anyMatch(held -> ended.contains(held.session()));
        String next = before.waiters().keySet().stream().findFirst().orElse("");
        if (freed && !next.isEmpty() && ended.contains(StateView.sessionOf(next))) {
            reached.hit(Goal.WAITER_DIED_BEFORE_GRANT);
        }
    }

    // ---- what ends a grant

    private void endGrants(
            String name,
            StateView.Queue before,
            StateView.Queue after,
            AppliedEntry entry,
            LeaseLedger leases,
            Map<Long, LeaseLedger.Removed> ended) {
        before.holders().forEach((token, held) -> {
            if (after.holders().containsKey(token)) {
                return;
            }
            boolean givenBack = entry.stamp().sessionId() == held.session() && !entry.isRefused();
            boolean revoked = !givenBack && isRevoked(name, token, entry.command());
            LeaseLedger.Removed session = ended.get(held.session());
            check(
                    givenBack || revoked || session != null,
                    "I21",
                    () -> name + ": token " + token + " ends at " + entry.id() + ", which does not say so");
            if (session == null) {
                tell.accept(new Observation.QueueLeft(
                        name, waiterOfToken.getOrDefault(token, ""), entry.id().index()));
            }
            Loss loss = session == null ? null : lossOf(session, before, held, entry);
            boolean alive = leases.deadlineNanos(held.session()) > entry.after().nowNanos();
            if (revoked && alive && !isNow(name, entry.command())) {
                loss = new Loss(held.session(), held.permits(), Long.MAX_VALUE);
            }
            if (loss != null) {
                losses.computeIfAbsent(name, _ -> new TreeMap<>()).put(token, loss);
            }
        });
    }

    private static @Nullable Loss lossOf(
            LeaseLedger.Removed session, StateView.Queue queue, StateView.Held held, AppliedEntry entry) {
        return switch (session.reason()) {
            case CLOSED -> null;
            case EVICTED -> {
                boolean now = entry.command().getEvictSession().getNow();
                yield new Loss(0, held.permits(), now ? 0 : session.deadlineNanos());
            }
            case EXPIRED ->
                new Loss(0, held.permits(), entry.after().nowNanos() + queue.delayMillis() * NANOS_PER_MILLI);
        };
    }

    private static boolean isRevoked(String name, long token, Command command) {
        ForceReleaseLock force = command.getForceReleaseLock();
        boolean forced = command.hasForceReleaseLock()
                && force.getName().equals(name)
                && (force.getToken() == 0 || force.getToken() == token);
        return forced || (command.hasTransferElection() && name.equals(electionOf(command)));
    }

    private static String electionOf(Command command) {
        return StateView.ELECTION + command.getTransferElection().getName();
    }

    private static boolean isNow(String name, Command command) {
        ForceReleaseLock force = command.getForceReleaseLock();
        return (force.getNow() && force.getName().equals(name))
                || (command.getTransferElection().getNow() && name.equals(electionOf(command)));
    }

    /// Takes out the losses that are over.
    private void settleLosses(String name, AppliedEntry entry, LeaseLedger leases) {
        TreeMap<Long, Loss> open = losses.get(name);
        if (open == null) {
            return;
        }
        boolean now = isNow(name, entry.command()) && !entry.isRefused();
        open.entrySet().removeIf(each -> {
            Loss loss = each.getValue();
            boolean over = loss.session() == 0
                    ? loss.untilNanos() <= entry.after().nowNanos()
                    : leases.deadlineNanos(loss.session()) == 0 || isConfirmed(each.getKey(), entry.command());
            return over || now;
        });
    }

    private boolean isConfirmed(long token, Command command) {
        return switch (command.getKindCase()) {
            case CONFIRM_LOSS -> command.getConfirmLoss().getToken() == token;
            case RELEASE_LOCK -> command.getReleaseLock().getToken() == token;
            case RESIGN -> command.getResign().getToken() == token;
            case WITHDRAW -> StateView.name(command.getWithdraw().getWaiter()).equals(waiterOfToken.get(token));
            default -> false;
        };
    }

    private int permitsLost(String name) {
        int sum = 0;
        for (Loss loss : losses.getOrDefault(name, new TreeMap<>()).values()) {
            sum += loss.permits();
        }
        return sum;
    }

    // ---- guards

    /// A command whose guards hold has their tokens held, by sessions that live, when it is applied (rule 10).
    void checkGuards(AppliedEntry entry, LeaseLedger leases) {
        if (entry.isRefused()) {
            return;
        }
        for (Guard guard : entry.command().getTxn().getGuardsList()) {
            TokenGuard token = guard.hasElection() ? guard.getElection() : guard.getLock();
            String name = guard.hasElection() ? StateView.ELECTION + token.getName() : token.getName();
            StateView.Held held = entry.before().queue(name).holders().get(token.getToken());
            check(
                    held != null
                            && leases.deadlineNanos(held.session())
                                    > entry.before().nowNanos(),
                    "I21",
                    () -> "a command guarded by token " + token.getToken() + " of " + name + " takes effect at "
                            + entry.id() + ", which " + (held == null ? "does not hold" : "is dead"));
        }
    }
}
