package io.gavel.client.watch;

import io.gavel.client.Registration;
import io.gavel.client.error.GavelException;
import java.util.Iterator;
import java.util.concurrent.Flow;
import java.util.function.Consumer;

/**
 * A subscription. Events come in revision order, each exactly once, and it goes on by itself across lost connections,
 * restarts and leader changes; when the wanted revision is gone it delivers a marked snapshot. It ends only when it is
 * closed, when its client is closed, or with an error that its consumer is told.
 *
 * <p>A watch has one consumer, in one of three forms; asking for a second throws {@link IllegalStateException}. A slow
 * consumer holds the stream back; nothing is dropped and memory stays bounded.
 */
public interface Watch<E> extends AutoCloseable, Iterable<E> {
    /**
     * Blocks in {@code hasNext} for the next event; false once closed; throws the error that ended the watch. An
     * interrupt throws {@code CallInterruptedException} and leaves the watch usable.
     */
    @Override
    Iterator<E> iterator();

    /**
     * For one subscriber, with its demand respected; its methods run one after the other and may block. Another one is
     * told an {@link IllegalStateException}, and disturbs the first in nothing.
     */
    Flow.Publisher<E> publisher();

    /**
     * Calls {@code handler} with one event after the other; it may block. If it throws, that is logged and the watch
     * goes on. {@code onError} is told the error that ended the watch, if one did.
     */
    Registration onEvent(Consumer<? super E> handler, Consumer<GavelException> onError);

    /** Ends the subscription. Idempotent. */
    @Override
    void close();
}
