package io.gavel.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// A noun without a verb: says which verbs there are.
@Command
public abstract class CommandGroup implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public final void run() {
        throw new ParameterException(
                spec.commandLine(),
                "missing command after " + spec.name() + ": "
                        + String.join(", ", spec.subcommands().keySet()));
    }
}
