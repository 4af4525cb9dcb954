package io.gavel.cli.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;

/// Stops a process where it stands, and lets it go on: what a suspended host or a long collection looks like to others.
///
/// Needs a program `kill` on the path, which a minimal image may lack; so only who pauses a process uses this.
public final class PausedProcess {
    private static final long LIMIT_SECONDS = 5;

    private PausedProcess() {}

    /// SIGSTOP: the process stands still and notices nothing.
    public static void pause(Process process) {
        signal(process, "STOP");
    }

    /// SIGCONT.
    public static void resume(Process process) {
        signal(process, "CONT");
    }

    private static void signal(Process process, String name) {
        String what = "SIG" + name + " to process " + process.pid();
        try {
            Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .inheritIO()
                    .start();
            if (!kill.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS) || kill.exitValue() != 0) {
                throw new IllegalStateException("cannot send " + what);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot send " + what, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while sending " + what, e);
        }
    }
}
