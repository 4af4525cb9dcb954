package io.gavel.cli.command;

import io.gavel.client.Registration;
import io.gavel.client.error.GavelException;
import io.gavel.client.watch.Watch;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Printing that goes on until the user has seen enough.
final class Streams {
    private Streams() {}

    /// Hands every event to `print` until Ctrl-C or SIGTERM, which end the process with exit code 0, or until `print`
    /// says that nobody reads any more.
    ///
    /// @throws GavelException when the subscription ended for good
    static <E> void untilInterrupted(Watch<E> watch, Predicate<E> print) throws InterruptedException {
        CountDownLatch stop = new CountDownLatch(1);
        Failure failure = new Failure();
        try (SignalsEndWell _ = new SignalsEndWell();
                Registration _ = watch.onEvent(
                        event -> {
                            if (stop.getCount() > 0 && !print.test(event)) {
                                stop.countDown();
                            }
                        },
                        error -> {
                            failure.error = error;
                            stop.countDown();
                        })) {
            stop.await();
        }
        GavelException error = failure.error;
        if (error != null) {
            throw error;
        }
    }

    /// While open, a signal ends the process with exit code 0: to be stopped is how such a command ends.
    static final class SignalsEndWell implements AutoCloseable {
        private final Thread hook = new Thread(() -> Runtime.getRuntime().halt(0));

        SignalsEndWell() {
            Runtime.getRuntime().addShutdownHook(hook);
        }

        @Override
        public void close() {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException shuttingDown) {
                Runtime.getRuntime().halt(0);
            }
        }
    }

    private static final class Failure {
        private volatile @Nullable GavelException error;
    }
}
