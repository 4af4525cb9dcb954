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
        exitCodeOnInvalidInput = ExitCodes.SET_UP_FAILED,
        exitCodeOnExecutionException = ExitCodes.SET_UP_FAILED,
        footer = "Exit codes: 0 passed, 1 a violation, 2 undecided, 3 set-up failed.")
public final class FaultsMain {
    private FaultsMain() {}

    /// What the surroundings refused is said in a line; a defect of the harness keeps its trace.
    private static int setUpFailed(Exception failure, CommandLine command, CommandLine.ParseResult result)
            throws Exception {
        if (!(failure instanceof IOException)) {
            throw failure;
        }
        System.err.println("faults: " + failure);
        return ExitCodes.SET_UP_FAILED;
    }

    /// Runs one of the commands and exits as it says. Simulated members are many and short-lived: what they log is off.
    public static void main(String[] args) {
        System.setProperty("logback.configurationFile", "io/gavel/faults/command/quiet-logback.xml");
        System.exit(new CommandLine(new FaultsMain())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler(FaultsMain::setUpFailed)
                .execute(args));
    }
}
