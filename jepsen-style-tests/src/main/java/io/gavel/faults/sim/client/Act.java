package io.gavel.faults.sim.client;

import io.gavel.client.error.ErrorDetail;
import io.gavel.client.internal.core.Grant;
import org.jspecify.annotations.Nullable;

/// One operation of an [Actor], while it is open and as it ended.
public final class Act {
    /// How an operation ended.
    public enum State {
        OPEN,
        OK,
        /// It had no effect.
        FAILED,
        /// Nobody can tell whether it had an effect.
        UNKNOWN
    }

    private final String text;
    private State state = State.OPEN;
    private @Nullable String value;
    private @Nullable Grant grant;
    private long version;
    private String reason = "";

    Act(String text) {
        this.text = text;
    }

    public State state() {
        return state;
    }

    public boolean isOver() {
        return state != State.OPEN;
    }

    public boolean isOk() {
        return state == State.OK;
    }

    /// What a read found or a plain write wrote; null = the key is absent, or it was something else.
    public @Nullable String value() {
        return value;
    }

    /// The version that a write made or a read found.
    public long version() {
        return version;
    }

    /// What was granted; null = nothing was.
    public @Nullable Grant grant() {
        return grant;
    }

    void ok() {
        state = State.OK;
    }

    void ok(@Nullable String found, long foundVersion) {
        value = found;
        version = foundVersion;
        ok();
    }

    void ok(Grant granted) {
        grant = granted;
        ok();
    }

    void fail(State end, String why) {
        state = end;
        reason = why;
    }

    void fail(ErrorDetail error) {
        boolean without = error.outcome() == io.gavel.client.error.Outcome.NOT_APPLIED;
        fail(without ? State.FAILED : State.UNKNOWN, String.valueOf(error));
    }

    @Override
    public String toString() {
        return text + ": " + state + (reason.isEmpty() ? "" : " (" + reason + ")");
    }
}
