package io.gavel.client.internal.core;

import io.gavel.client.error.ErrorDetail;
import io.gavel.client.internal.port.Completion;
import io.gavel.client.lock.LossReason;
import io.gavel.protocol.v1.CommandResult;
import org.jspecify.annotations.Nullable;

/**
 * A candidacy that runs for ever: campaigns, leads, and campaigns again, never before what the leader did has ended.
 *
 * <pre>
 * IDLE        -> CAMPAIGNING  at once, after the back-off of a failure or of a host that ended by itself soon, or
 *                             when standing down is over
 * CAMPAIGNING -> LEADING      granted: the host starts
 * CAMPAIGNING -> IDLE         failed; nobody is told, since nobody led
 * LEADING     -> ENDING       lost, stepped down or stopped: the host is asked to end
 * LEADING, ENDING -> RELEASING  the host has ended
 * RELEASING   -> IDLE         given back, or lost before
 * any         -> STOPPED      stopped, once the host has ended
 * </pre>
 */
public final class CampaignLoop implements GrantCompletion, Grant.LossListener {
    /** What leads. Called on the owner's thread; must not block. */
    public interface Host {
        /** Elected: start. */
        void onElected(Grant grant);

        /** End, and then call {@link CampaignLoop#onHostEnded}; called once for each election. */
        void onEnd(Grant grant, boolean lost);

        /** Renewals go unanswered, or are answered again. */
        void onSuspect(boolean suspect);

        /** The user gave the leadership back; there is another campaign after {@link CampaignLoop#onHostEnded}. */
        void onResigned();

        /** A campaign failed; there will be another. */
        void onFailure(ErrorDetail error);

        /** The candidacy is over. */
        void onStopped();
    }

    private enum Phase {
        IDLE,
        CAMPAIGNING,
        LEADING,
        ENDING,
        RELEASING,
        STOPPED
    }

    private final ClientCore core;
    private final SessionSlot slot;
    private final GrantRequest request;
    private final Host host;
    private final Backoff backoff;
    private Phase phase = Phase.IDLE;
    private @Nullable Object acquisition;
    private @Nullable Grant grant;
    private long campaignAt;
    private int failures;
    private long electedAt;
    /** Terms in a row that the host ended by itself, each shorter than the longest back-off. */
    private int briefTerms;

    private boolean stopping;

    CampaignLoop(ClientCore core, SessionSlot slot, GrantRequest request, Host host, Backoff backoff) {
        this.core = core;
        this.slot = slot;
        this.request = request;
        this.host = host;
        this.backoff = backoff;
    }

    void doWork(long now) {
        if (phase == Phase.IDLE && now >= campaignAt) {
            phase = Phase.CAMPAIGNING;
            acquisition = core.acquire(slot, request, 0, this);
        }
    }

    long nextDeadlineNanos() {
        return phase == Phase.IDLE ? campaignAt : Long.MAX_VALUE;
    }

    boolean isStopped() {
        return phase == Phase.STOPPED;
    }

    /** Whether the host has started and not ended. */
    boolean isHostRunning() {
        return phase == Phase.LEADING || phase == Phase.ENDING;
    }

    @Override
    public void granted(Grant elected) {
        failures = 0;
        electedAt = core.now();
        grant = elected;
        phase = Phase.LEADING;
        host.onElected(elected);
        elected.listen(this);
    }

    @Override
    public void notInTime() {
        onFailed();
    }

    @Override
    public void fail(ErrorDetail error) {
        host.onFailure(error);
        onFailed();
    }

    private void onFailed() {
        if (phase == Phase.CAMPAIGNING) {
            failures++;
            phase = Phase.IDLE;
            campaignAt = core.now() + backoff.nanos(failures);
        }
    }

    @Override
    public void onLoss(LossReason reason) {
        end(true);
    }

    @Override
    public void onSuspect(boolean suspect) {
        if (phase == Phase.LEADING) {
            host.onSuspect(suspect);
        }
    }

    @Override
    public void onReleased() {
        if (phase == Phase.LEADING) {
            host.onResigned();
        }
    }

    private void end(boolean lost) {
        Grant held = grant;
        if (phase == Phase.LEADING && held != null) {
            phase = Phase.ENDING;
            host.onEnd(held, lost);
        }
    }

    /** Gives the leadership up, if there is one, and does not campaign for this long. */
    public void stepDown(long nanos) {
        campaignAt = core.now() + nanos;
        if (phase == Phase.CAMPAIGNING) {
            leaveQueue();
            phase = Phase.IDLE;
        }
        end(false);
    }

    /** Ends the candidacy. */
    public void stop() {
        stopping = true;
        if (phase == Phase.CAMPAIGNING) {
            leaveQueue();
            phase = Phase.IDLE;
        }
        if (phase == Phase.IDLE) {
            stopped();
        }
        end(false);
    }

    private void leaveQueue() {
        if (acquisition != null) {
            core.abandon(acquisition);
        }
    }

    /** The host has ended, by itself or because it was asked to. */
    public void onHostEnded() {
        Grant held = grant;
        if (held == null || (phase != Phase.LEADING && phase != Phase.ENDING)) {
            return;
        }
        if (phase == Phase.LEADING) {
            delayNextCampaign();
        }
        phase = Phase.RELEASING;
        grant = null;
        if (!held.markReleased()) {
            released();
            return;
        }
        core.release(held, Long.MAX_VALUE, new Completion<CommandResult>() {
            @Override
            public void succeed(CommandResult result) {
                released();
            }

            @Override
            public void fail(ErrorDetail error) {
                released();
            }
        });
    }

    /** A host that fails at once must not have the cluster elect it without end. */
    private void delayNextCampaign() {
        long now = core.now();
        briefTerms = now - electedAt < backoff.maxNanos() ? briefTerms + 1 : 0;
        if (briefTerms > 0) {
            campaignAt = Math.max(campaignAt, now + backoff.nanos(briefTerms));
        }
    }

    private void released() {
        if (phase == Phase.RELEASING) {
            phase = Phase.IDLE;
            if (stopping) {
                stopped();
            }
        }
    }

    private void stopped() {
        phase = Phase.STOPPED;
        host.onStopped();
    }
}
