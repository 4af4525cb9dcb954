package io.gavel.cli;

import io.gavel.cli.output.Output;
import io.gavel.client.GavelClient;
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
        try (GavelClient client = global().client().build()) {
            return run(client, global().output());
        }
    }
}
