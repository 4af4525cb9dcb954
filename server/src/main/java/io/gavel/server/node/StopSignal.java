package io.gavel.server.node;

import java.util.ArrayList;
import java.util.List;

/// Carries the wish to stop to whatever is waiting, the start of a node included. Thread-safe.
public final class StopSignal {
    private final List<Runnable> listeners = new ArrayList<>();
    private boolean stopped;

    /// Runs the listener when the signal is given, at once if it already was.
    public void onStop(Runnable listener) {
        synchronized (listeners) {
            if (!stopped) {
                listeners.add(listener);
                return;
            }
        }
        listener.run();
    }

    public void stop() {
        List<Runnable> waiting;
        synchronized (listeners) {
            stopped = true;
            waiting = List.copyOf(listeners);
            listeners.clear();
        }
        waiting.forEach(Runnable::run);
    }
}
