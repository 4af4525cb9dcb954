package io.gavel.client.internal.view;

import io.gavel.client.error.NotFoundException;
import java.util.Optional;
import java.util.function.Supplier;

/** Turns "there is nothing by this name" into an empty result. */
final class Found {
    private Found() {}

    static <T> Optional<T> orEmpty(Supplier<T> call) {
        try {
            return Optional.of(call.get());
        } catch (NotFoundException e) {
            return Optional.empty();
        }
    }
}
