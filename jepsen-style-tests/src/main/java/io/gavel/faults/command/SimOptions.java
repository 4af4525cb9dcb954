package io.gavel.faults.command;

import io.gavel.faults.sim.FaultKind;
import io.gavel.faults.sim.RunOptions;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/// What may be said about the runs themselves.
final class SimOptions {
    @Option(
            names = "--nodes",
            paramLabel = "N",
            description = "Members at the start; drawn from the seed if not given.")
    private int nodes;

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "FAULT",
            description = "Kinds of faults that may occur: ${COMPLETION-CANDIDATES}.")
    private List<FaultKind> only = List.of();

    RunOptions runOptions() {
        RunOptions options = RunOptions.DEFAULT.withNodes(nodes);
        return only.isEmpty() ? options : options.withOnly(EnumSet.copyOf(only));
    }

    /// The same again as arguments.
    List<String> arguments() {
        var arguments = new ArrayList<String>();
        if (nodes != 0) {
            arguments.addAll(List.of("--nodes", Integer.toString(nodes)));
        }
        if (!only.isEmpty()) {
            arguments.add("--only");
            arguments.add(only.stream()
                    .map(kind -> kind.name().toLowerCase(Locale.ROOT))
                    .collect(Collectors.joining(",")));
        }
        return arguments;
    }
}
