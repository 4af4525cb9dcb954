package io.gavel.server.api.grpc;

import io.gavel.server.api.TurnEnd;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// Gathers the streams that got answers during a turn of a thread and flushes each once when the turn ends.
///
/// A thread takes part from its first [#onTurnEnd] on, or between [#begin] and [#end]; on any other thread answers
/// leave
/// at once. Every call concerns the calling thread only.
public final class TurnFlusher implements TurnEnd {
    // One for each node, not one for the process: tests run several nodes in a process.
    @SuppressWarnings("ThreadLocalUsage")
    private final ThreadLocal<@Nullable ArrayDeque<FrameQueue>> gathered = new ThreadLocal<>();

    /// Flushes the queue now, or when this thread's turn ends.
    void flushSoon(FrameQueue queue) {
        ArrayDeque<FrameQueue> waiting = gathered.get();
        if (waiting == null) {
            queue.flush();
        } else {
            waiting.add(queue);
        }
    }

    /// A short turn of a thread that has none of its own.
    void begin() {
        if (gathered.get() == null) {
            gathered.set(new ArrayDeque<>());
        }
    }

    /// Ends what [#begin] began.
    void end() {
        onTurnEnd();
        gathered.remove();
    }

    @Override
    public void onTurnEnd() {
        ArrayDeque<FrameQueue> waiting = gathered.get();
        if (waiting == null) {
            gathered.set(new ArrayDeque<>());
            return;
        }
        FrameQueue next = waiting.poll();
        while (next != null) {
            next.flush();
            next = waiting.poll();
        }
    }
}
