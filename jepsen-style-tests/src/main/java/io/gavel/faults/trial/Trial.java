package io.gavel.faults.trial;

import io.gavel.faults.check.Finding;
import io.gavel.faults.check.Judge;
import io.gavel.faults.sim.RunResult;
import java.util.List;

/// One told run, and what its history was found guilty of.
///
/// @param name what repeats it, for the command that ran it
public record Trial(String name, RunResult result, List<Finding> findings) {
    /// How it ended, the worst last.
    public enum Verdict {
        PASSED,
        UNDECIDED,
        VIOLATED
    }

    /// Puts the history of a run before all checkers.
    public static Trial of(String name, RunResult result) {
        return new Trial(name, result, Judge.withAllChecks().judge(result.history()));
    }

    public Verdict verdict() {
        if (result.violation() != null
                || findings.stream().anyMatch(finding -> finding.kind() == Finding.Kind.VIOLATED)) {
            return Verdict.VIOLATED;
        }
        return findings.isEmpty() ? Verdict.PASSED : Verdict.UNDECIDED;
    }

    /// The promise that was broken first; empty = none was.
    public String check() {
        RunResult.Violation violation = result.violation();
        if (violation != null) {
            return violation.check();
        }
        return findings.isEmpty() ? "" : findings.getFirst().check();
    }

    /// What is wrong; empty = nothing.
    public String message() {
        RunResult.Violation violation = result.violation();
        if (violation != null) {
            return violation.check() + ": " + violation.message();
        }
        return findings.isEmpty()
                ? ""
                : findings.getFirst().check() + ": " + findings.getFirst().message();
    }
}
