package io.gavel.client.internal.core;

import io.gavel.client.error.ErrorDetail;

/** Where a subscription's events go. Called by the owner of the logic; must not block. */
public interface WatchSink<E> {
    /** The next event. */
    void onEvent(E event);

    /** The subscription is over. */
    void onEnd(ErrorDetail error);
}
