package io.gavel.faults.check;

import io.gavel.faults.check.linear.LinearizabilityCheck;
import io.gavel.faults.check.lock.ElectionCheck;
import io.gavel.faults.check.lock.FairnessCheck;
import io.gavel.faults.check.lock.LeaseCheck;
import io.gavel.faults.check.lock.LockCheck;
import io.gavel.faults.history.History;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Puts a history before every checker.
public final class Judge {
    private static final long DEFAULT_BUDGET_NODES = 300_000;

    private final List<Check> checks;

    private Judge(List<Check> checks) {
        this.checks = checks;
    }

    /// All checkers, with the usual budget for a group of keys.
    public static Judge withAllChecks() {
        return new Judge(List.of(
                new FormCheck(),
                new RequestCheck(),
                new RevisionCheck(),
                new LockCheck(),
                new LeaseCheck(),
                new FairnessCheck(),
                new ElectionCheck(),
                new WatchCheck(),
                new ConfigCheck(),
                new StaleReadCheck(false),
                new BankCheck(),
                new CounterCheck(),
                new AppendCheck(),
                new DigestCheck(),
                new LinearizabilityCheck(DEFAULT_BUDGET_NODES)));
    }

    /// Everything that any of them has against the history, broken promises first; empty = nothing.
    public List<Finding> judge(History history) {
        Evidence evidence = Evidence.of(history);
        var findings = new ArrayList<Finding>();
        checks.forEach(check -> check.judge(evidence, findings::add));
        findings.sort(Comparator.comparing(Finding::kind));
        return findings;
    }
}
