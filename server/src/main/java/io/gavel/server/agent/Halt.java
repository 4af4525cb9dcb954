package io.gavel.server.agent;

import org.jspecify.annotations.Nullable;

/// Ends this node at once and for good, because going on could break a promise.
///
/// In production the process ends without running shutdown hooks; an embedded node of a test stops all its agents.
/// Any thread; the first call wins. The caller must not touch its state after this returns.
@FunctionalInterface
public interface Halt {
    void halt(ExitCode code, String reason, @Nullable Throwable cause);
}
