package io.gavel.server.api;

/// Told by an agent that its turn is over, on the agent's own thread.
@FunctionalInterface
public interface TurnEnd {
    /// Flushes the answers that callbacks of this thread have gathered since the last call.
    void onTurnEnd();
}
