package io.gavel.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(
        name = "completion",
        description = "Print a completion script for bash and zsh.",
        footer = {"", "Example:", "  source <(gavel completion)"})
final class CompletionCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        System.out.println(Main.completion());
        return ExitCode.OK;
    }
}
