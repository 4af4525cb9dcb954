package io.gavel.faults.check.lock;

import io.gavel.faults.check.Evidence;
import io.gavel.faults.history.Event;
import io.gavel.faults.history.Observation;
import java.util.Map;
import java.util.TreeMap;

/// How long each session lives at least, by what its client was told.
final class Leases {
    private static final long NANOS_PER_MILLI = 1_000_000;

    /// Clocks drift by at most this share (`rules.md` 3).
    private static final double DRIFT = 0.005;

    private Leases() {}

    /// A session as its client knows it.
    static final class Session {
        final long ttlNanos;
        private long certainUntilNanos;
        private long endedNanos = Long.MAX_VALUE;

        Session(long openedCallNanos, long ttlNanos) {
            this.ttlNanos = ttlNanos;
            this.certainUntilNanos = openedCallNanos + guaranteed(ttlNanos);
        }

        void onRenewal(long sentNanos) {
            certainUntilNanos = Math.max(certainUntilNanos, sentNanos + guaranteed(ttlNanos));
        }

        /// For good: the confirmation of a renewal that came in time may still arrive after it.
        void onEnd(long nanos) {
            endedNanos = Math.min(endedNanos, nanos);
        }

        long certainUntilNanos() {
            return Math.min(certainUntilNanos, endedNanos);
        }

        private static long guaranteed(long ttlNanos) {
            return (long) (ttlNanos * (1 - DRIFT));
        }
    }

    static Map<Long, Session> of(Evidence evidence) {
        Map<Long, Session> sessions = new TreeMap<>();
        for (Event event : evidence.events()) {
            Observation observation = event.observation();
            if (observation instanceof Observation.SessionOpened opened) {
                sessions.putIfAbsent(opened.session(), new Session(event.call(), opened.ttlMillis() * NANOS_PER_MILLI));
            } else if (observation instanceof Observation.SessionRenewed renewed) {
                Session session = sessions.get(renewed.session());
                if (session != null) {
                    session.onRenewal(event.call());
                }
            } else if (observation instanceof Observation.SessionRemoved removed) {
                Session session = sessions.get(removed.session());
                if (session != null && removed.reason() != Observation.Reason.EXPIRED) {
                    session.onEnd(event.call());
                }
            }
        }
        return sessions;
    }
}
