package io.gavel.client.election;

/** {@code LEADING -> SUSPECT -> LEADING or LOST}; {@code LEADING -> LOST}. */
public enum LatchState {
    /** It leads. */
    LEADING,
    /** It leads, but renewals go unanswered. */
    SUSPECT,
    /** It leads no more. */
    LOST
}
