package io.gavel.cli.command;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import io.gavel.cli.CommandFailure;
import io.gavel.cli.ExitCode;
import io.gavel.cli.local.AcknowledgedWrites;
import io.gavel.cli.local.LocalCluster;
import io.gavel.cli.local.ServerProcess;
import io.gavel.client.GavelClient;
import io.gavel.client.Registration;
import io.gavel.client.cluster.ClusterStatus;
import io.gavel.client.cluster.MemberStatus;
import io.gavel.client.config.ConfigChanges;
import io.gavel.client.config.ConfigEvent;
import io.gavel.client.config.ConfigRelease;
import io.gavel.client.error.ConflictException;
import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.GavelException;
import io.gavel.client.kv.Guard;
import io.gavel.client.kv.Op;
import io.gavel.client.lock.LockGrant;
import io.gavel.client.watch.Watch;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The steps of `gavel demo`, each printed with what was measured. A step that does not hold ends the tour.
final class DemoTour implements AutoCloseable {
    private static final String LOCK = "orders/42";
    private static final String NAMESPACE = "shop/limits";
    private static final Duration STEP = Duration.ofSeconds(20);

    private final LocalCluster cluster;
    private final long startedNanos;
    private final GavelClient client;
    private final GavelClient rival;
    private final GavelClient writing;
    private final AcknowledgedWrites writer;
    private int step;

    DemoTour(LocalCluster cluster, long startedNanos) {
        this.cluster = cluster;
        this.startedNanos = startedNanos;
        this.client = connect("demo");
        this.rival = connect("rival");
        this.writing = connect("writer");
        this.writer = new AcknowledgedWrites(writing, "demo/");
    }

    private GavelClient connect(String name) {
        return GavelClient.builder()
                .endpoints(cluster.endpoints().toArray(String[]::new))
                .clientName(name)
                .build();
    }

    @Override
    public void close() {
        writer.close();
        writing.close();
        rival.close();
        client.close();
    }

    void run() throws InterruptedException, TimeoutException {
        ClusterStatus before = client.cluster().status();
        say(
                "elected member %d leader of term %d, first write acknowledged after %d ms",
                before.leader(), before.term(), millisSince(startedNanos));

        LockGrant grant = client.locks().lock(LOCK).acquire(STEP);
        say("took lock \"%s\" with fencing token %d", LOCK, grant.fencingToken());

        long version = publishAndWatch();

        ServerProcess killed = killLeader(before);
        String gap = failover(killed);
        ClusterStatus after = client.cluster().status();
        check(after.leader() != before.leader(), "another member leads");
        say("member %d leads term %d; %s", after.leader(), after.term(), gap);

        verifyNothingLost(grant, version);
        refuseStaleToken(grant);
        restart(killed);
        System.out.printf(Locale.ROOT, "demo passed: %d steps in %.1f s%n", step, millisSince(startedNanos) / 1_000.0);
    }

    private long publishAndWatch() throws InterruptedException {
        LinkedBlockingQueue<ConfigRelease> seen = new LinkedBlockingQueue<>();
        try (Watch<ConfigEvent> watch = client.config().namespace(NAMESPACE).watch()) {
            Registration registration = watch.onEvent(event -> event.release().ifPresent(seen::add), error -> {});
            long published = System.nanoTime();
            long version = client.config()
                    .namespace(NAMESPACE)
                    .publish(ConfigChanges.set("max", "200").by("demo", "first release"));
            ConfigRelease received = seen.poll(STEP.toMillis(), TimeUnit.MILLISECONDS);
            check(received != null && received.version() == version, "the watch receives release " + version);
            say(
                    "published \"%s\" version %d, received by a watch after %d ms",
                    NAMESPACE, version, millisSince(published));
            registration.close();
            return version;
        }
    }

    private ServerProcess killLeader(ClusterStatus status) throws InterruptedException {
        writer.start();
        await("the writer writes", () -> writer.count() >= 50);
        ServerProcess leader = cluster.member(status.leader());
        long pid = leader.pid();
        writer.beginGap();
        leader.kill();
        writer.mark();
        say("kill -9 of the leader, member %d (pid %d), under write load", leader.id(), pid);
        return leader;
    }

    private String failover(ServerProcess killed) throws InterruptedException {
        await("writes go on after member " + killed.id() + " is gone", () -> writer.sinceMark() >= 50);
        return String.format(Locale.ROOT, "writes were not answered for %.0f ms", writer.longestGapMillis());
    }

    private void verifyNothingLost(LockGrant grant, long version) throws InterruptedException {
        writer.stop();
        check(grant.isHeld(), "the lock is still held");
        check(grant.confirm().join(), "the cluster confirms the lock");
        Optional<ConfigRelease> release = client.config().namespace(NAMESPACE).get();
        check(release.isPresent() && release.get().version() == version, "the config is intact");
        long missing = writer.countMissing(client);
        check(missing == 0, missing + " acknowledged writes are missing");
        say(
                "lock held with the same token %d, config at version %d, %d acknowledged writes all there",
                grant.fencingToken(), version, writer.count());
    }

    private void refuseStaleToken(LockGrant grant) throws InterruptedException, TimeoutException {
        long staleToken = grant.fencingToken();
        grant.release();
        LockGrant next = rival.locks().lock(LOCK).acquire(STEP);
        check(next.fencingToken() > staleToken, "the next token is higher");
        try {
            client.kv()
                    .txn()
                    .when(new Guard.LockHeld(LOCK, staleToken))
                    .then(Op.put(LOCK + "/state", "paid"))
                    .commit();
            check(false, "a write guarded by the stale token " + staleToken + " is refused");
        } catch (ConflictException refused) {
            say(
                    "a rival holds token %d; a write guarded by the stale token %d was refused",
                    next.fencingToken(), staleToken);
        }
        next.release();
    }

    private void restart(ServerProcess killed) throws InterruptedException {
        long restarted = System.nanoTime();
        long target = client.cluster().status().members().stream()
                .filter(MemberStatus::reachable)
                .mapToLong(MemberStatus::commitIndex)
                .max()
                .orElse(0);
        killed.start();
        writer.start();
        await("member " + killed.id() + " catches up", () -> isEqualBeyond(target));
        writer.stop();
        MemberStatus.Checkpoint checkpoint = common(client.cluster().status().members(), target);
        say(
                "member %d is back and caught up after %d ms; all members have state digest %s at index %d",
                killed.id(),
                millisSince(restarted),
                checkpoint == null
                        ? "-"
                        : HexFormat.of().formatHex(checkpoint.digest().toByteArray()),
                checkpoint == null ? 0 : checkpoint.index());
    }

    private boolean isEqualBeyond(long index) {
        try {
            List<MemberStatus> members = client.cluster().status().members();
            return members.stream().allMatch(MemberStatus::reachable) && common(members, index) != null;
        } catch (GavelException notYet) {
            return false;
        }
    }

    /// The newest checkpoint beyond `index` that every member has with the same digest.
    private static MemberStatus.@Nullable Checkpoint common(List<MemberStatus> members, long index) {
        MemberStatus.Checkpoint newest = null;
        for (MemberStatus.Checkpoint candidate : members.getFirst().checkpoints()) {
            boolean everywhere = candidate.index() > index
                    && members.stream().allMatch(m -> m.checkpoints().contains(candidate));
            if (everywhere) {
                newest = candidate;
            }
        }
        return newest;
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + STEP.toNanos();
        while (!condition.getAsBoolean()) {
            check(System.nanoTime() < deadline, what + " within " + STEP.toSeconds() + " s");
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    private static long millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1_000_000;
    }

    @FormatMethod
    private void say(@FormatString String format, Object... values) {
        step++;
        System.out.println("  " + step + ". " + String.format(Locale.ROOT, format, values));
    }

    private static void check(boolean holds, String expectation) {
        if (!holds) {
            throw new CommandFailure(
                    ExitCode.FAILED, ErrorCode.INTERNAL, "the demo failed: expected that " + expectation, "");
        }
    }
}
