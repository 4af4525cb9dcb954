package io.gavel.client.error;

/** Whether a call took effect. */
public enum Outcome {
    /** It took effect, exactly once. */
    APPLIED,
    /** It did not take effect and never will. */
    NOT_APPLIED,
    /** It may have taken effect, or may still; {@code GavelClient.outcomeOf} tells as soon as it is decided. */
    UNKNOWN
}
