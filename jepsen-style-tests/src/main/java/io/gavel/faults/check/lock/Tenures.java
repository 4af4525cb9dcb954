package io.gavel.faults.check.lock;

import io.gavel.faults.check.Evidence;
import io.gavel.faults.history.Answer;
import io.gavel.faults.history.Call;
import io.gavel.faults.history.Observation;
import io.gavel.faults.history.Operation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// How long each grant of each lock certainly lasted, from leases that operations name or from the sessions of holders,
/// unless the state dropped it before.
final class Tenures {
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final Evidence evidence;
    private final Map<Long, Long> releaseCalls = new HashMap<>();
    private final Map<Long, List<Operation>> renewals = new HashMap<>();
    private final Map<Long, Long> sessionOfToken = new HashMap<>();
    private final Map<Long, Long> dropped = new HashMap<>();
    private final Map<Long, Leases.Session> sessions;

    private Tenures(Evidence evidence) {
        this.evidence = evidence;
        this.sessions = Leases.of(evidence);
        for (Operation operation : evidence.operations()) {
            if (operation.call() instanceof Call.Unlock unlock) {
                releaseCalls.merge(unlock.token(), operation.invoked(), Math::min);
            } else if (operation.call() instanceof Call.Renew renew && operation.isOk()) {
                renewals.computeIfAbsent(renew.token(), unseen -> new ArrayList<>())
                        .add(operation);
            }
        }
        Map<String, Long> tokenOfWaiter = new HashMap<>();
        evidence.each(Observation.QueueGranted.class, (event, granted) -> {
            Long session = session(granted.waiter());
            if (session != null) {
                sessionOfToken.put(granted.token(), session);
            }
            tokenOfWaiter.put(granted.lock() + ' ' + granted.waiter(), granted.token());
        });
        evidence.each(Observation.QueueLeft.class, (event, left) -> {
            Long token = tokenOfWaiter.get(left.lock() + ' ' + left.waiter());
            if (token != null) {
                dropped.merge(token, event.call(), Math::min);
            }
        });
    }

    /// The session of a waiter that is named `session/sequence`, or null.
    private static @Nullable Long session(String waiter) {
        int slash = waiter.indexOf('/');
        String text = slash < 0 ? waiter : waiter.substring(0, slash);
        return text.matches("-?\\d{1,18}") ? Long.valueOf(text) : null;
    }

    /// By lock, in the order of tokens.
    static Map<String, List<Tenure>> of(Evidence evidence) {
        return new Tenures(evidence).all();
    }

    static Map<Long, String> lockOfToken(Evidence evidence) {
        Map<Long, String> locks = new HashMap<>();
        of(evidence).forEach((lock, tenures) -> tenures.forEach(tenure -> locks.put(tenure.token(), lock)));
        return locks;
    }

    private Map<String, List<Tenure>> all() {
        Map<String, List<Tenure>> byLock = new TreeMap<>();
        for (Operation operation : evidence.operations()) {
            if (operation.call() instanceof Call.Lock lock
                    && operation.isOk()
                    && operation.answer() instanceof Answer.Granted granted) {
                byLock.computeIfAbsent(lock.key(), unseen -> new ArrayList<>())
                        .add(new Tenure(operation, granted.token(), certainUntil(operation, lock, granted.token())));
            }
        }
        byLock.values().forEach(tenures -> tenures.sort(Comparator.comparingLong(Tenure::token)));
        return byLock;
    }

    private long certainUntil(Operation grant, Call.Lock lock, long token) {
        long end = grant.returned() + 1;
        Long session = sessionOfToken.get(token);
        if (lock.leaseMillis() != null) {
            end = grant.invoked() + lock.leaseMillis() * NANOS_PER_MILLI;
            for (Operation renewal : renewals.getOrDefault(token, List.of())) {
                long lease = ((Call.Renew) renewal.call()).leaseMillis();
                end = Math.max(end, renewal.invoked() + lease * NANOS_PER_MILLI);
            }
        } else if (session != null && sessions.containsKey(session)) {
            end = Objects.requireNonNull(sessions.get(session)).certainUntilNanos();
        } else if (releaseCalls.containsKey(token) && sessions.isEmpty()) {
            end = Long.MAX_VALUE;
        }
        long ended =
                Math.min(releaseCalls.getOrDefault(token, Long.MAX_VALUE), dropped.getOrDefault(token, Long.MAX_VALUE));
        return Math.min(end, ended);
    }
}
