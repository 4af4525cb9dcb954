package io.gavel.server.node;

import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.raft.RaftStatus;
import io.gavel.raft.RaftStatus.RoleName;
import io.gavel.server.admin.AdminListener;
import io.gavel.server.admin.NodeProbe;
import io.gavel.server.api.ClusterView;
import io.gavel.server.observe.Metric;
import io.gavel.server.observe.Metrics;
import io.gavel.server.transport.TransportCounters;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Timer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What operators can see of a node: its metrics and probes, over HTTP. The rim.
///
/// Gauges are asked for at each scrape; what cannot be asked for afterwards is measured where it happens.
final class Observation implements AutoCloseable {
    private final Metrics metrics;
    private final Node node;
    private final NodeAssembly assembly;
    private @Nullable AdminListener listener;

    Observation(Node node, NodeAssembly assembly, String version) {
        this.node = node;
        this.assembly = assembly;
        this.metrics = new Metrics(version);
        consensus();
        storage();
        state();
        requests();
        peers();
    }

    /// What commands are counted by.
    private record Answer(Command.KindCase kind, ErrorCode code) {
        String codeName() {
            return code == ErrorCode.ERROR_CODE_UNSPECIFIED ? "OK" : code.name();
        }
    }

    private void consensus() {
        metrics.gauge(Metric.RAFT_HAS_LEADER, () -> view().leader() != null ? 1 : 0);
        metrics.gauge(Metric.RAFT_IS_LEADER, () -> view().role() == RoleName.LEADER ? 1 : 0);
        metrics.counter(
                Metric.RAFT_LEADER_CHANGES,
                () -> assembly.consensus().elections().leaders());
        metrics.counter(
                Metric.RAFT_ELECTIONS, () -> assembly.consensus().elections().candidacies());
        metrics.gauge(Metric.RAFT_TERM, () -> view().term());
        metrics.gauge(Metric.RAFT_COMMIT_INDEX, () -> view().commitIndex());
        metrics.gauge(Metric.RAFT_APPLIED_INDEX, () -> view().lastApplied());
        metrics.gauge(Metric.RAFT_APPLY_LAG, () -> Math.max(0, view().commitIndex() - view().lastApplied()));
        metrics.gauge(Metric.RAFT_PEER_LAG, this::peerLag);
        metrics.gauge(Metric.RAFT_VOTERS, () -> view().configuration().voters().size());
        metrics.gauge(Metric.RAFT_REPAIRING, () -> view().condition().repairUntil() > 0 ? 1 : 0);
        metrics.gauge(Metric.RAFT_WRITES_STOPPED, () -> view().condition().writesStopped() != null ? 1 : 0);
        metrics.gauge(Metric.GROWTH_REFUSED, () -> view().condition().growthRefused() ? 1 : 0);
    }

    private void storage() {
        Timer commits = metrics.timer(Metric.JOURNAL_COMMIT);
        Timer snapshots = metrics.timer(Metric.SNAPSHOT_TAKEN);
        DistributionSummary batches = metrics.summary(Metric.JOURNAL_BATCH);
        LongAdder durableWrites = new LongAdder();
        metrics.counter(Metric.JOURNAL_WRITES, durableWrites::sum);
        assembly.measure(new NodeMeters() {
            @Override
            public void onJournalCommit(int writes, int bytes, long nanos) {
                commits.record(nanos, TimeUnit.NANOSECONDS);
                batches.record(bytes);
                durableWrites.add(writes);
            }

            @Override
            public void onSnapshotTaken(long nanos) {
                snapshots.record(nanos, TimeUnit.NANOSECONDS);
            }
        });
        metrics.gauge(Metric.DISK_FREE, node::usableBytes);
        metrics.gauge(Metric.DISK_RESERVE, () -> assembly.reserve().bytes());
        metrics.gauge(Metric.DISK_SHORT, () -> assembly.reserve().isShort() ? 1 : 0);
        metrics.gauge(Metric.SNAPSHOT_SIZE, assembly::snapshotBytes);
        metrics.counter(Metric.SNAPSHOTS_INSTALLED, node::snapshotsInstalled);
    }

    private void state() {
        metrics.gauge(Metric.STATE_REVISION, () -> node.machine().published().revision());
        metrics.gauge(Metric.STATE_TIME, () -> node.machine().published().replicatedTimeNanos() / 1e9);
        metrics.gauge(
                Metric.STATE_FEATURE_LEVEL, () -> node.machine().published().featureLevel());
        metrics.gauge(Metric.STATE_AGREED_INDEX, () -> assembly.apply().agreedCheckpointIndex());
        metrics.gauge(Metric.STATE_SIZE, () -> assembly.apply().counts().stateBytes());
        metrics.gauge(Metric.SESSIONS, () -> assembly.apply().counts().sessions());
        metrics.gauge(Metric.LOCKS_HELD, () -> assembly.apply().counts().lockHolders());
        metrics.gauge(Metric.LOCK_WAITERS, () -> assembly.apply().counts().lockWaiters());
    }

    private void requests() {
        ConcurrentMap<Answer, Timer> timers = new ConcurrentHashMap<>();
        Function<Answer, Timer> register = answer -> metrics.timer(
                Metric.REQUESTS, "kind", answer.kind().name().toLowerCase(Locale.ROOT), "code", answer.codeName());
        timers.computeIfAbsent(new Answer(Command.KindCase.PUT, ErrorCode.ERROR_CODE_UNSPECIFIED), register);
        assembly.api()
                .router()
                .measure((kind, code, nanos) ->
                        timers.computeIfAbsent(new Answer(kind, code), register).record(nanos, TimeUnit.NANOSECONDS));
        metrics.gauge(Metric.REQUESTS_WAITING, () -> assembly.inbox().waitingRequests());
        metrics.counter(Metric.REQUESTS_REJECTED, () -> assembly.inbox().rejectedRequests());
        metrics.gauge(Metric.SESSION_STREAMS, () -> node.api().sessionStreams());
        metrics.gauge(Metric.WATCH_STREAMS, node::openWatches);
    }

    private void peers() {
        TransportCounters counters = assembly.counters();
        metrics.gauge(Metric.PEERS_CONNECTED, this::connectedPeers);
        metrics.counter(Metric.PEER_DROPPED, "reason", "queue_full", counters.queueFull::sum);
        metrics.counter(Metric.PEER_DROPPED, "reason", "not_connected", counters.notConnected::sum);
        metrics.counter(Metric.PEER_DROPPED, "reason", "mailbox_full", counters.mailboxFull::sum);
        metrics.counter(Metric.PEER_DROPPED, "reason", "stale", counters.stale::sum);
        metrics.counter(Metric.PEER_REFUSED, counters.identityMismatches::sum);
        metrics.counter(Metric.PEER_DISCONNECTS, counters.disconnects::sum);
    }

    private double peerLag() {
        RaftStatus status = assembly.consensus().lastStatus();
        long lag = 0;
        for (RaftStatus.PeerStatus peer : status.peers()) {
            if (peer.active()) {
                lag = Math.max(lag, status.lastEntry().index() - peer.matchIndex());
            }
        }
        return lag;
    }

    private double connectedPeers() {
        return view().members().stream()
                .filter(member -> member.reachable() && !member.id().equals(node.id()))
                .count();
    }

    /// @throws IOException if the address cannot be bound
    void listen(InetSocketAddress address) throws IOException {
        listener = new AdminListener(address, metrics, NodeProbe.of(node.api().router()));
    }

    /// The port in use.
    int port() {
        return listener == null ? 0 : listener.port();
    }

    private ClusterView view() {
        return node.consensus().view();
    }

    @Override
    public void close() {
        if (listener != null) {
            listener.close();
        }
        metrics.close();
    }
}
