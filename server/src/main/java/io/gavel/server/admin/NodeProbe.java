package io.gavel.server.admin;

import io.gavel.server.api.ClusterView;
import io.gavel.server.api.RequestRouter;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What a probe may ask of the node.
public interface NodeProbe {
    /// How long the read of a readiness probe may take.
    long READ_DEADLINE_NANOS = 1_000_000_000L;

    boolean hasLeader();

    /// Committed entries that are not applied here yet.
    long applyLag();

    /// What keeps the node from serving everything, as far as it knows.
    ClusterView.Condition condition();

    /// Confirms a linearizable read point; hears null, or why there is none, once.
    void confirmRead(Consumer<@Nullable String> done);

    /// The probe of a node by its router.
    static NodeProbe of(RequestRouter router) {
        return new NodeProbe() {
            @Override
            public boolean hasLeader() {
                return view().leader() != null;
            }

            @Override
            public long applyLag() {
                return Math.max(0, view().commitIndex() - view().lastApplied());
            }

            @Override
            public ClusterView.Condition condition() {
                return view().condition();
            }

            @Override
            public void confirmRead(Consumer<@Nullable String> done) {
                long deadline = router.ports().clock().nanoTime() + READ_DEADLINE_NANOS;
                router.reads().confirm(deadline, error -> done.accept(error == null ? null : error.getMessage()));
            }

            private ClusterView view() {
                return router.ports().consensus().view();
            }
        };
    }
}
