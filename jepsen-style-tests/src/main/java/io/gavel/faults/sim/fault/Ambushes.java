package io.gavel.faults.sim.fault;

import io.gavel.faults.sim.node.SimNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Faults that wait for a moment of whichever member comes to it first.
public final class Ambushes {
    private final List<Ambush> laid = new ArrayList<>();

    private final List<Delivery> deliveries = new ArrayList<>();

    private record Delivery(int to, long untilNanos, Runnable strike) {}

    private record Ambush(Moment moment, long untilNanos, Consumer<SimNode> strike) {}

    /// Lets `strike` know of the next such moment before `untilNanos`, once. It is told inside of the member's turn,
    /// which must not end there.
    void lay(Moment moment, long untilNanos, Consumer<SimNode> strike) {
        laid.add(new Ambush(moment, untilNanos, strike));
    }

    /// Runs `strike` when the next snapshot is offered to this member before `untilNanos`, once.
    void layForSnapshot(long untilNanos, int to, Runnable strike) {
        deliveries.add(new Delivery(to, untilNanos, strike));
    }

    /// A leader offers its snapshot to a member that is to install it.
    public void onSnapshotOffered(int to, long nowNanos) {
        deliveries.removeIf(delivery -> delivery.untilNanos() <= nowNanos);
        for (Delivery delivery : new ArrayList<>(deliveries)) {
            if (delivery.to() == to) {
                deliveries.remove(delivery);
                delivery.strike().run();
            }
        }
    }

    /// A member came to this moment.
    public void onMoment(SimNode node, Moment moment, long nowNanos) {
        laid.removeIf(ambush -> ambush.untilNanos() <= nowNanos);
        for (Ambush ambush : new ArrayList<>(laid)) {
            if (ambush.moment() == moment) {
                laid.remove(ambush);
                ambush.strike().accept(node);
            }
        }
    }
}
