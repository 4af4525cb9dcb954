package io.gavel.cli.command;

import io.gavel.client.Registration;
import io.gavel.client.error.GavelException;
import io.gavel.client.watch.Watch;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Printing a subscription until the user has seen enough.
final class Streams {
    private Streams() {}

    /// Hands every event to `print` until Ctrl-C or SIGTERM, which end the process with exit code 0.
    ///
    /// @throws GavelException when the subscription ended for good
    static <E> void untilInterrupted(Watch<E> watch, Consumer<E> print) {
        CountDownLatch stop = new CountDownLatch(1);
        Thread hook = new Thread(() -> {
            watch.close();
            Runtime.getRuntime().halt(0);
        });
        Runtime.getRuntime().addShutdownHook(hook);
        Failure failure = new Failure();
        Registration registration = watch.onEvent(print, error -> {
            failure.error = error;
            stop.countDown();
        });
        try {
            stop.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            registration.close();
        }
        Runtime.getRuntime().removeShutdownHook(hook);
        if (failure.error != null) {
            throw failure.error;
        }
    }

    private static final class Failure {
        private volatile @Nullable GavelException error;
    }
}
