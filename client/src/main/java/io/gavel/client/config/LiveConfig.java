package io.gavel.client.config;

import io.gavel.client.Registration;
import io.gavel.client.error.GavelException;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/** A configuration record that is kept up to date. Reading it costs one memory access. */
public interface LiveConfig<T> extends Supplier<T>, AutoCloseable {
    /** The newest value that converted. */
    @Override
    T get();

    /** The version of {@link #get()}'s release. */
    long version();

    /** Why the newest release was not taken over; empty when it was. */
    Optional<GavelException> lastRejected();

    /** Tells the value before and after each change; may block. */
    Registration onChange(BiConsumer<? super T, ? super T> listener);

    /** Stops following. Idempotent. */
    @Override
    void close();
}
