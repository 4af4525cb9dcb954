package io.gavel.server.node;

import io.gavel.server.agent.ExitCode;
import io.gavel.server.agent.Halt;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ends the process at once, without shutdown hooks: its memory is not to be trusted any more. The rim.
final class ProcessHalt implements Halt {
    private static final Logger log = LoggerFactory.getLogger(ProcessHalt.class);

    private final AtomicBoolean halted = new AtomicBoolean();

    @Override
    public void halt(ExitCode code, String reason, @Nullable Throwable cause) {
        if (halted.compareAndSet(false, true)) {
            boolean ourBug = code == ExitCode.INVARIANT_VIOLATED;
            log.error("halting with exit code {}: {}", code.code(), reason, ourBug ? cause : null);
            Runtime.getRuntime().halt(code.code());
        }
    }
}
