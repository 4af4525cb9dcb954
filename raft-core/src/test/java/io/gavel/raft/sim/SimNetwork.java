package io.gavel.raft.sim;

import io.gavel.raft.Effect;
import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.Event;
import io.gavel.raft.Message;
import io.gavel.raft.quorum.NodeId;
import java.util.SplittableRandom;
import java.util.TreeSet;

/// Links that drop, delay, duplicate, reorder and close. A message belongs to one life of its sender and of its
/// receiver, as on a connection.
final class SimNetwork {
    private static final int MAX_RANGE_ENTRIES = 50;

    private final CoreSimulation world;
    private final SplittableRandom random;
    private final TreeSet<Long> cut = new TreeSet<>();
    private boolean healthy;

    SimNetwork(CoreSimulation world, SplittableRandom random) {
        this.world = world;
        this.random = random;
    }

    private static long link(NodeId from, NodeId to) {
        return from.value() * 1_000L + to.value();
    }

    void cut(NodeId from, NodeId to) {
        cut.add(link(from, to));
    }

    void healAll() {
        cut.clear();
    }

    /// From now on nothing is dropped, duplicated or slow on links that are not cut.
    void becomeHealthy() {
        healthy = true;
    }

    boolean isCut(NodeId from, NodeId to) {
        return cut.contains(link(from, to));
    }

    void send(SimNode from, Effect.Send send) {
        if (!healthy && random.nextDouble() < world.options().drop()) {
            return;
        }
        deliver(from, send.to(), new Event.Received(from.id, send.message()));
        if (!healthy && random.nextDouble() < world.options().duplicate()) {
            deliver(from, send.to(), new Event.Received(from.id, send.message()));
        }
    }

    private void deliver(SimNode from, NodeId to, Event event) {
        SimNode receiver = world.node(to);
        if (receiver == null || isCut(from.id, to)) {
            return;
        }
        int senderLife = from.life();
        int receiverLife = receiver.life();
        world.after(delayNanos(), () -> {
            if (receiver.isUp() && receiver.life() == receiverLife) {
                receiver.receive(from.id, senderLife, event);
            }
        });
    }

    private long delayNanos() {
        long base = 30_000 + random.nextLong(500_000);
        boolean slow = !healthy && random.nextDouble() < world.options().slowMessage();
        return slow ? base + random.nextLong(world.options().maxDelayNanos()) : base;
    }

    /// What the journal reads for a lagging peer, as messages of bounded size.
    void sendRange(SimNode from, Effect.SendLogRange range, SimLog log) {
        EntryId previous = range.previous();
        while (previous.index() < range.last().index()) {
            long last =
                    Math.min(previous.index() + MAX_RANGE_ENTRIES, range.last().index());
            var entries = log.range(previous.index() + 1, last);
            deliver(
                    from,
                    range.to(),
                    new Event.Received(
                            from.id,
                            new Message.AppendEntries(range.term(), previous, entries, range.commitIndex(), 0)));
            Entry end = entries.getLast();
            previous = end.id();
        }
    }

    void sendSnapshot(SimNode from, Effect.SendSnapshot send) {
        SimNode.SimSnapshot snapshot = from.newestSnapshot();
        SimNode receiver = world.node(send.to());
        if (snapshot == null || receiver == null) {
            from.enqueue(new Event.SnapshotSent(send.to(), EntryId.ZERO, false));
            return;
        }
        boolean startable = receiver.isUp() && !isCut(from.id, send.to());
        int senderLife = from.life();
        int receiverLife = receiver.life();
        world.after(2_000_000 + random.nextLong(60_000_000), () -> {
            if (!from.isUp() || from.life() != senderLife) {
                return;
            }
            boolean arrived =
                    startable && receiver.isUp() && receiver.life() == receiverLife && !isCut(from.id, send.to());
            if (arrived) {
                receiver.storeSnapshot(snapshot);
                Message install = new Message.InstallSnapshot(send.term(), snapshot.meta());
                receiver.receive(from.id, senderLife, new Event.Received(from.id, install));
            }
            from.enqueue(new Event.SnapshotSent(send.to(), snapshot.meta().lastIncluded(), arrived));
        });
    }
}
