package io.gavel.client.internal.core;

import io.gavel.client.lock.LossReason;
import io.gavel.client.session.SessionState;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One grant of a lock or leadership: {@code HELD -> RELEASED} by its user or {@code HELD -> LOST}, once and for ever.
 *
 * <p>Any thread may ask and release; losses are found by the owner of the logic. A released grant cannot be lost and a
 * lost one cannot be released: whichever comes first decides.
 */
public final class Grant {
    /** Told the loss, on the owner's thread; must not block. */
    public interface LossListener {
        /** The grant is lost. */
        void onLoss(LossReason reason);

        /** Renewals go unanswered, or are answered again. */
        void onSuspect(boolean suspect);

        /** It is being given back. */
        default void onReleased() {}
    }

    private enum Phase {
        HELD,
        RELEASED,
        LOST
    }

    private final GrantRequest request;
    private final long token;
    private final long sessionId;
    private final SessionLease lease;
    private final SessionAgent session;
    private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.HELD);
    private final List<LossListener> listeners = new ArrayList<>(1);
    private @Nullable LossReason lostBecause;

    Grant(GrantRequest request, long token, long sessionId, SessionLease lease, SessionAgent session) {
        this.request = request;
        this.token = token;
        this.sessionId = sessionId;
        this.lease = lease;
        this.session = session;
    }

    /** What was asked for. */
    public GrantRequest request() {
        return request;
    }

    /** The fencing token. */
    public long token() {
        return token;
    }

    /** The session that holds. */
    public long sessionId() {
        return sessionId;
    }

    /** Whether it is surely held; no I/O. */
    public boolean isHeld() {
        return phase.get() == Phase.HELD && lease.isValid();
    }

    /** Whether its user gave it back. */
    public boolean isReleased() {
        return phase.get() == Phase.RELEASED;
    }

    /** How long it is surely held without another renewal; 0 = it may not be. */
    public long safeForNanos() {
        return phase.get() == Phase.HELD ? lease.remainingNanos() : 0;
    }

    /** Marks it given back, so that it is not held from now on; false = it was lost or given back before. */
    public boolean markReleased() {
        return lease.isValid() && phase.compareAndSet(Phase.HELD, Phase.RELEASED);
    }

    /**
     * Adds someone to tell; by the owner, when it hands the grant out. A loss that came before is told at once, as are
     * renewals that go unanswered.
     */
    public void listen(LossListener listener) {
        listeners.add(listener);
        if (lostBecause != null) {
            listener.onLoss(lostBecause);
        } else if (phase.get() == Phase.HELD && session.state() == SessionState.SUSPECT) {
            listener.onSuspect(true);
        }
    }

    SessionAgent session() {
        return session;
    }

    /** The owner found that it is lost; false = it had ended before. */
    boolean lose(LossReason reason) {
        if (!phase.compareAndSet(Phase.HELD, Phase.LOST)) {
            return false;
        }
        lostBecause = reason;
        listeners.forEach(listener -> listener.onLoss(reason));
        return true;
    }

    /** It was marked released, and is given back now. */
    void released() {
        listeners.forEach(LossListener::onReleased);
    }

    void suspect(boolean suspect) {
        if (phase.get() == Phase.HELD) {
            listeners.forEach(listener -> listener.onSuspect(suspect));
        }
    }
}
