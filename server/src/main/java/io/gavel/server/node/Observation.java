package io.gavel.server.node;

import io.gavel.raft.RaftStatus.RoleName;
import io.gavel.server.admin.AdminListener;
import io.gavel.server.admin.NodeProbe;
import io.gavel.server.api.ClusterView;
import io.gavel.server.observe.Metric;
import io.gavel.server.observe.Metrics;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// What operators can see of a node: its metrics and probes, over HTTP. The rim.
final class Observation implements AutoCloseable {
    private final Metrics metrics;
    private final Node node;
    private @Nullable AdminListener listener;

    Observation(Node node, String version) {
        this.node = node;
        this.metrics = new Metrics(version);
        metrics.gauge(Metric.RAFT_HAS_LEADER, () -> view().leader() != null ? 1 : 0);
        metrics.gauge(Metric.RAFT_IS_LEADER, () -> view().role() == RoleName.LEADER ? 1 : 0);
        metrics.gauge(Metric.RAFT_TERM, () -> view().term());
        metrics.gauge(Metric.RAFT_COMMIT_INDEX, () -> view().commitIndex());
        metrics.gauge(Metric.RAFT_APPLIED_INDEX, () -> view().lastApplied());
        metrics.gauge(Metric.STATE_REVISION, () -> node.machine().published().revision());
        metrics.gauge(Metric.SESSION_STREAMS, () -> node.api().sessionStreams());
        metrics.gauge(Metric.WATCH_STREAMS, node::openWatches);
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
