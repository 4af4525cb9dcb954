package io.gavel.faults.check.lock;

import io.gavel.faults.check.Check;
import io.gavel.faults.check.Evidence;
import io.gavel.faults.check.Finding;
import io.gavel.faults.check.Texts;
import io.gavel.faults.history.Call;
import io.gavel.faults.history.Event;
import io.gavel.faults.history.Observation;
import io.gavel.faults.history.Operation;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// I22: a session is not ended before its TTL after the last confirmed renewal was sent, nothing is renewed after its
/// end, and `isHeld()` is false before anybody else is granted.
public final class LeaseCheck implements Check {
    private static final String NAME = "I22 lease";

    @Override
    public void judge(Evidence evidence, Consumer<Finding> findings) {
        Map<Long, Leases.Session> sessions = Leases.of(evidence);
        Map<Long, Long> removedAt = new HashMap<>();
        evidence.each(Observation.SessionRemoved.class, (event, removed) -> {
            removedAt.putIfAbsent(removed.session(), event.returned());
            Leases.Session session = sessions.get(removed.session());
            if (session != null
                    && removed.reason() == Observation.Reason.EXPIRED
                    && event.returned() < session.certainUntilNanos()) {
                findings.accept(Finding.violated(
                        NAME,
                        "session " + removed.session() + " expired "
                                + Texts.seconds(session.certainUntilNanos() - event.returned()) + " s early",
                        session.certainUntilNanos() - session.ttlNanos,
                        session.certainUntilNanos()));
            }
        });
        evidence.each(Observation.SessionRenewed.class, (event, renewed) -> {
            Long removed = removedAt.get(renewed.session());
            if (removed != null && event.call() > removed) {
                findings.accept(Finding.violated(
                        NAME,
                        "session " + renewed.session() + " was renewed after its end",
                        removed,
                        event.returned()));
            }
        });
        looks(evidence, findings);
        renewalsAfterRelease(evidence, findings);
    }

    /// A holder that looks must not believe in a token when a higher one of the same lock has been granted: as the
    /// replicated state tells it, or at the latest when a client knows it.
    private static void looks(Evidence evidence, Consumer<Finding> findings) {
        Map<String, List<Tenure>> tenures = Tenures.of(evidence);
        Map<String, Long> granted = new HashMap<>();
        for (Event event : evidence.events()) {
            if (event.observation() instanceof Observation.QueueGranted grant) {
                granted.merge(grant.lock(), grant.token(), Math::max);
            } else if (event.observation() instanceof Observation.HeldLook look && look.held()) {
                if (granted.getOrDefault(look.lock(), 0L) > look.token()) {
                    findings.accept(Finding.violated(
                            NAME,
                            believes(event, look) + " when the state had granted token " + granted.get(look.lock()),
                            event.call(),
                            event.call()));
                    return;
                }
                for (Tenure tenure : tenures.getOrDefault(look.lock(), List.of())) {
                    if (tenure.token() > look.token() && tenure.grant().returned() < event.call()) {
                        findings.accept(Finding.violated(NAME, believes(event, look), List.of(tenure.grant())));
                        return;
                    }
                }
            }
        }
    }

    private static String believes(Event event, Observation.HeldLook look) {
        return "process " + event.process() + " saw lock " + look.lock() + " held under token " + look.token() + " at "
                + Texts.seconds(event.call()) + " s";
    }

    private static void renewalsAfterRelease(Evidence evidence, Consumer<Finding> findings) {
        Map<Long, Operation> released = new HashMap<>();
        for (Operation operation : evidence.operations()) {
            if (operation.call() instanceof Call.Unlock unlock && operation.isOk()) {
                released.putIfAbsent(unlock.token(), operation);
            }
        }
        for (Operation operation : evidence.operations()) {
            if (operation.call() instanceof Call.Renew renew && operation.isOk()) {
                Operation release = released.get(renew.token());
                if (release != null && release.returned() < operation.invoked()) {
                    findings.accept(Finding.violated(
                            NAME,
                            "lock " + renew.key() + " was renewed after its release",
                            List.of(release, operation)));
                }
            }
        }
    }
}
