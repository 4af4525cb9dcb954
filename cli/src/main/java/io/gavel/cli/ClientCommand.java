package io.gavel.cli;

import io.gavel.cli.output.Output;
import io.gavel.client.GavelClient;
import io.gavel.client.error.DeadlineException;
import io.gavel.client.error.UnavailableException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// A command that makes a few calls to the cluster and prints one answer.
@Command
public abstract class ClientCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    /// Refuses wrong input, before a client is made.
    ///
    /// @throws CommandFailure naming what is wrong
    protected void check() throws IOException {}

    /// Does the work with a client that is closed afterwards.
    ///
    /// @return the exit code
    protected abstract int run(GavelClient client, Output out) throws Exception;

    /// Says a line to the user that is no part of the answer.
    protected final void warn(String text) {
        PrintWriter err = spec.commandLine().getErr();
        err.println("gavel: " + text);
        err.flush();
    }

    protected final GlobalOptions global() {
        return GlobalOptions.of(spec);
    }

    @Override
    public final Integer call() throws Exception {
        check();
        GavelClient client = global().client().build();
        return closing(client, () -> run(client, global().output()));
    }

    /// Does the work and closes the client.
    ///
    /// Who has waited for an answer until the deadline does not wait on for that of closing, two seconds then.
    /// The session of such a command holds nothing, and ends with its TTL if the cluster is not told.
    static int closing(GavelClient client, Callable<Integer> work) throws Exception {
        boolean isAnswered = true;
        try {
            return work.call();
        } catch (UnavailableException | DeadlineException unanswered) {
            isAnswered = false;
            throw unanswered;
        } finally {
            if (isAnswered) {
                client.close();
            } else {
                var _ = Thread.startVirtualThread(client::close);
            }
        }
    }
}
