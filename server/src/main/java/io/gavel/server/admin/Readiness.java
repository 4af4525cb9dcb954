package io.gavel.server.admin;

import io.gavel.server.api.ClusterView;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Whether a node can serve: it knows a leader, has caught up, its state is not in dispute, its log is whole,
/// and a linearizable read just worked.
final class Readiness {
    /// Entries that may be committed and not yet applied.
    static final long LAG_LIMIT = 10_000;

    private Readiness() {}

    /// One thing that was looked at.
    ///
    /// @param problem why it is not all right; null = it is
    record Check(String name, @Nullable String problem) {
        boolean isOk() {
            return problem == null;
        }

        @Override
        public String toString() {
            return (problem == null ? "[+] " + name + " ok" : "[-] " + name + " failed: " + problem) + "\n";
        }
    }

    /// Looks at everything. Blocks for the read, at most until its deadline.
    static List<Check> checks(NodeProbe probe) throws InterruptedException {
        List<Check> checks = new ArrayList<>();
        checks.add(new Check("leader", probe.hasLeader() ? null : "no leader is known"));
        long lag = probe.applyLag();
        checks.add(new Check("caught-up", lag <= LAG_LIMIT ? null : lag + " committed entries are not applied"));
        ClusterView.Condition condition = probe.condition();
        checks.add(new Check("state-digest", condition.writesStopped()));
        checks.add(new Check("log", condition.repair()));
        AtomicReference<@Nullable String> problem = new AtomicReference<>();
        CountDownLatch answered = new CountDownLatch(1);
        probe.confirmRead(failure -> {
            problem.set(failure);
            answered.countDown();
        });
        boolean inTime = answered.await(NodeProbe.READ_DEADLINE_NANOS * 2, TimeUnit.NANOSECONDS);
        checks.add(new Check("linearizable-read", inTime ? problem.get() : "no answer in time"));
        return checks;
    }
}
