package io.gavel.server.agent;

/// A monotonic clock with an arbitrary origin. Never negative steps; not wall-clock time.
@FunctionalInterface
public interface NanoClock {
    long nanoTime();

    /// The machine's own monotonic clock, shifted so that it starts near zero and never wraps in practice.
    static NanoClock system() {
        long origin = System.nanoTime();
        return () -> System.nanoTime() - origin;
    }
}
