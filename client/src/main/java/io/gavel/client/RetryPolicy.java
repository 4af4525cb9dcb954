package io.gavel.client;

import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.InvalidArgumentException;
import java.time.Duration;

/**
 * How long to wait before the next attempt: doubled from {@code initialBackoff} up to {@code maxBackoff}, each wait
 * drawn at random between half of it and all of it.
 */
public record RetryPolicy(Duration initialBackoff, Duration maxBackoff) {
    /** 20 ms, doubled up to 1 s. */
    public static final RetryPolicy DEFAULT = new RetryPolicy(Duration.ofMillis(20), Duration.ofSeconds(1));

    /** Checks that {@code 0 < initialBackoff <= maxBackoff}. */
    public RetryPolicy {
        if (initialBackoff.isNegative() || initialBackoff.isZero() || initialBackoff.compareTo(maxBackoff) > 0) {
            throw new InvalidArgumentException(ErrorDetail.invalid(
                    "retry.initialBackoff", "above zero and at most " + maxBackoff, initialBackoff.toString()));
        }
    }
}
