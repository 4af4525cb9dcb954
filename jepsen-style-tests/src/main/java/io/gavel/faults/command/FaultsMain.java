package io.gavel.faults.command;

import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// Entry point of `jepsen-style-tests/faults`.
@Command(
        name = "faults",
        description = "Runs the cluster under faults and judges what its clients saw.",
        mixinStandardHelpOptions = true,
        subcommands = {
            SimCommand.class,
            CheckCommand.class,
            ExhaustiveCommand.class,
            ScenariosCommand.class,
            SeededBugsCommand.class,
            HashesCommand.class,
            HuntCommand.class,
        },
        footer = "Exit codes: 0 passed, 1 a violation, 2 undecided, 3 set-up failed.")
public final class FaultsMain {
    private FaultsMain() {}

    /// What the surroundings refused is said in a line; a defect of the harness keeps its trace.
    private static int setUpFailed(Exception failure, CommandLine command, CommandLine.ParseResult result)
            throws Exception {
        if (!(failure instanceof IOException)) {
            throw failure;
        }
        command.getErr().println("faults: " + failure.getClass().getSimpleName() + ": " + failure.getMessage());
        return ExitCodes.SET_UP_FAILED;
    }

    /// Runs one of the commands and exits as it says. Simulated members are many and short-lived: what they log is off.
    public static void main(String[] args) {
        System.setProperty("logback.configurationFile", "io/gavel/faults/command/quiet-logback.xml");
        System.exit(commandLine().execute(args));
    }

    /// The commands. Wrong arguments and defects of the harness are a set-up that failed: picocli's own exit codes mean
    /// a violation and an undecided run here.
    static CommandLine commandLine() {
        CommandLine commands = new CommandLine(new FaultsMain())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler(FaultsMain::setUpFailed);
        endsAsSetUpFailed(commands);
        commands.getSubcommands().values().forEach(FaultsMain::endsAsSetUpFailed);
        return commands;
    }

    private static void endsAsSetUpFailed(CommandLine command) {
        command.getCommandSpec()
                .exitCodeOnInvalidInput(ExitCodes.SET_UP_FAILED)
                .exitCodeOnExecutionException(ExitCodes.SET_UP_FAILED);
    }
}
