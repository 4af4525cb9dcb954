package io.gavel.faults.command;

import io.gavel.faults.check.Finding;
import io.gavel.faults.check.Judge;
import io.gavel.faults.sim.RunOptions;
import io.gavel.faults.sim.RunResult;
import java.util.List;
import java.util.Optional;

/// A run, and what its history was found guilty of.
record Outcome(RunResult result, List<Finding> findings) {
    /// How a run ended, the worst last.
    enum Verdict {
        PASSED,
        VACUOUS,
        UNDECIDED,
        VIOLATED
    }

    static Outcome of(Simulation simulation, long seed, RunOptions options) {
        RunResult result = simulation.run(seed, options);
        return new Outcome(result, Judge.withAllChecks().judge(result.history()));
    }

    Verdict verdict() {
        if (result.violation() != null || has(Finding.Kind.VIOLATED)) {
            return Verdict.VIOLATED;
        }
        if (has(Finding.Kind.UNDECIDED)) {
            return Verdict.UNDECIDED;
        }
        return result.isVacuous() ? Verdict.VACUOUS : Verdict.PASSED;
    }

    private boolean has(Finding.Kind kind) {
        return findings.stream().anyMatch(finding -> finding.kind() == kind);
    }

    /// The promise that was broken first: the world stops at its first violation, checkers see the whole history.
    String check() {
        RunResult.Violation violation = result.violation();
        Optional<Finding> first = findings.stream().findFirst();
        if (violation != null) {
            return violation.check();
        }
        return first.map(Finding::check).orElse(result.isVacuous() ? "vacuous" : "");
    }

    /// One line: what is wrong.
    String message() {
        RunResult.Violation violation = result.violation();
        if (violation != null) {
            return violation.check() + ": " + violation.message();
        }
        if (!findings.isEmpty()) {
            return findings.getFirst().check() + ": " + findings.getFirst().message();
        }
        return verdict() == Verdict.VACUOUS
                ? "vacuous: only " + result.operations().ok() + " of "
                        + result.operations().all() + " operations were ok"
                : "";
    }
}
