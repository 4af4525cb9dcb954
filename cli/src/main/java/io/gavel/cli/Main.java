package io.gavel.cli;

import io.gavel.cli.bench.BenchCommand;
import io.gavel.cli.command.ConfigCommands;
import io.gavel.cli.command.DemoCommand;
import io.gavel.cli.command.DevCommand;
import io.gavel.cli.command.ElectionCommands;
import io.gavel.cli.command.KvCommands;
import io.gavel.cli.command.LockCommands;
import io.gavel.cli.command.MemberCommands;
import io.gavel.cli.command.SessionCommands;
import io.gavel.cli.command.StatusCommand;
import java.time.Duration;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Entry point of the `gavel` command.
@Command(
        name = "gavel",
        description = "Locks, leader election and configuration over Raft.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionProvider.class,
        subcommands = {
            StatusCommand.class,
            KvCommands.class,
            LockCommands.class,
            ElectionCommands.class,
            ConfigCommands.class,
            SessionCommands.class,
            MemberCommands.class,
            DemoCommand.class,
            DevCommand.class,
            BenchCommand.class,
            CompletionCommand.class,
            VersionCommand.class
        })
public final class Main extends CommandGroup {
    @Mixin
    private GlobalOptions global = new GlobalOptions();

    private Main() {}

    GlobalOptions global() {
        return global;
    }

    /// Runs one command and exits with its code.
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    /// The whole command tree, with the converters, error messages and exit codes of every command.
    static CommandLine commandLine() {
        CommandLine root = new CommandLine(new Main());
        ErrorReport errors = new ErrorReport();
        root.registerConverter(Duration.class, new Durations());
        root.setCaseInsensitiveEnumValuesAllowed(true);
        root.setParameterExceptionHandler(errors);
        root.setExecutionExceptionHandler(errors);
        root.setAbbreviatedOptionsAllowed(false);
        root.setUnmatchedOptionsArePositionalParams(false);
        return root;
    }

    /// The completion script for bash and zsh.
    static String completion() {
        return AutoComplete.bash("gavel", commandLine());
    }
}
