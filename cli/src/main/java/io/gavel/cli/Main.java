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
import io.gavel.cli.output.StandardOutput;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
        versionProvider = VersionProvider.class)
public final class Main extends CommandGroup {
    /// Every command below the root by its name, in the order of the help.
    private static final Map<String, Class<?>> COMMANDS = commands();

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
        StandardOutput out = StandardOutput.over(new FileOutputStream(FileDescriptor.out));
        CommandLine commands = commandLine(List.of(args));
        int code;
        try {
            code = execute(commands, args, out);
        } catch (Error defect) {
            code = ErrorReport.onDefect(commands, defect);
        }
        System.exit(code);
    }

    /// Runs one command; it did not end well unless its output arrived.
    static int execute(CommandLine commands, String[] args, StandardOutput out) {
        int code = commands.execute(args);
        IOException lost = out.failure();
        return code != ExitCode.OK || lost == null ? code : ErrorReport.onLostOutput(commands, lost);
    }

    private static Map<String, Class<?>> commands() {
        Map<String, Class<?>> commands = new LinkedHashMap<>();
        commands.put("status", StatusCommand.class);
        commands.put("kv", KvCommands.class);
        commands.put("lock", LockCommands.class);
        commands.put("election", ElectionCommands.class);
        commands.put("config", ConfigCommands.class);
        commands.put("session", SessionCommands.class);
        commands.put("member", MemberCommands.class);
        commands.put("snapshot", SnapshotCommands.class);
        commands.put("server", ServerCommands.class);
        commands.put("demo", DemoCommand.class);
        commands.put("dev", DevCommand.class);
        commands.put("bench", BenchCommand.class);
        commands.put("completion", CompletionCommand.class);
        commands.put("train", TrainCommand.class);
        commands.put("version", VersionCommand.class);
        return commands;
    }

    /// The whole command tree, with the converters, error messages and exit codes of every command.
    static CommandLine commandLine() {
        return commandLine(List.of());
    }

    /// The branches of the command tree that the arguments name; the whole tree when they name none.
    ///
    /// Reading the annotations of every command takes longer than a `kv get` itself.
    static CommandLine commandLine(List<String> arguments) {
        CommandLine root = new CommandLine(new Main());
        boolean namesOne = COMMANDS.keySet().stream().anyMatch(arguments::contains);
        COMMANDS.forEach((name, command) -> {
            if (!namesOne || arguments.contains(name)) {
                root.addSubcommand(name, new CommandLine(command));
            }
        });
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
