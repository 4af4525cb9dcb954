package io.gavel.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/// Entry point of the `gavel` command.
@Command(
        name = "gavel",
        description = "Locks, leader election and configuration over Raft.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionProvider.class,
        subcommands = VersionCommand.class)
public final class Main {
    private Main() {}

    /// Runs one command and exits with its code.
    public static void main(String[] args) {
        System.exit(new CommandLine(new Main()).execute(args));
    }
}
