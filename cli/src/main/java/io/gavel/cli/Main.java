package io.gavel.cli;

import io.gavel.cli.bench.BenchCommand;
import io.gavel.cli.command.ConfigCommands;
import io.gavel.cli.command.DemoCommand;
import io.gavel.cli.command.DevCommand;
import io.gavel.cli.command.ElectionCommands;
import io.gavel.cli.command.KvCommands;
import io.gavel.cli.command.LockCommands;
import io.gavel.cli.command.MemberCommands;
import io.gavel.cli.command.ServerCommands;
import io.gavel.cli.command.SessionCommands;
import io.gavel.cli.command.SnapshotCommands;
import io.gavel.cli.command.StatusCommand;
import java.time.Duration;
import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.RunLast;

/// Entry point of the `gavel` command.
@Command(
        name = "gavel",
        description = "Locks, leader election and configuration over Raft.",
        versionProvider = VersionProvider.class,
        subcommands = {
            StatusCommand.class,
            KvCommands.class,
            LockCommands.class,
            ElectionCommands.class,
            ConfigCommands.class,
            SessionCommands.class,
            MemberCommands.class,
            SnapshotCommands.class,
            ServerCommands.class,
            DemoCommand.class,
            DevCommand.class,
            BenchCommand.class,
            CompletionCommand.class,
            TrainCommand.class,
            VersionCommand.class
        })
public final class Main extends CommandGroup {
    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Print the version.")
    @SuppressWarnings("UnusedVariable") // picocli reads the option, nobody the field
    private boolean versionWanted;

    @Mixin
    private GlobalOptions global = new GlobalOptions();

    private Main() {}

    GlobalOptions global() {
        return global;
    }

    /// Runs one command and exits with its code.
    public static void main(String[] args) {
        if (!List.of(args).contains("server")) {
            // gRPC logs through java.util.logging, which would print: a client command's messages are its own.
            System.setProperty("java.util.logging.config.class", SilentLogging.class.getName());
        }
        CommandLine commands = commandLine();
        int code;
        try {
            code = commands.execute(args);
        } catch (Error defect) {
            code = ErrorReport.onDefect(commands, defect);
        }
        System.exit(code);
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
        root.setExecutionStrategy(parsed -> {
            boolean colour = GlobalOptions.of(root.getCommandSpec()).isColourOn();
            root.setColorScheme(CommandLine.Help.defaultColorScheme(colour ? Ansi.ON : Ansi.OFF));
            return new RunLast().execute(parsed);
        });
        return root;
    }

    /// The completion script for bash and zsh.
    static String completion() {
        return AutoComplete.bash("gavel", commandLine());
    }
}
