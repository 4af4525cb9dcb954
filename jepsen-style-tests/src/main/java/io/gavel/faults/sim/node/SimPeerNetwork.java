package io.gavel.faults.sim.node;

import io.gavel.faults.sim.net.Party;
import io.gavel.faults.sim.net.SimNetwork;
import io.gavel.faults.sim.time.Scheduler;
import io.gavel.server.config.Endpoint;
import io.gavel.server.transport.PeerNetwork;
import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import java.util.List;
import java.util.random.RandomGenerator;

/// The peer network of one process on the simulated network. Its loop is whatever runs on the process's behalf.
final class SimPeerNetwork implements PeerNetwork {
    /// As the production network gives a silent connection up.
    static final long KEEP_ALIVE_NANOS = 25_000_000_000L;

    private final SimNetwork network;
    private final Scheduler scheduler;
    private final Party party;
    private final RandomGenerator random;
    private boolean inTask;

    SimPeerNetwork(SimNetwork network, Scheduler scheduler, Party party, RandomGenerator random) {
        this.network = network;
        this.scheduler = scheduler;
        this.party = party;
        this.random = random;
    }

    /// Runs the task as one of the loop's.
    void inLoop(Runnable task) {
        boolean before = inTask;
        inTask = true;
        try {
            task.run();
        } finally {
            inTask = before;
        }
    }

    @Override
    public Loop loop() {
        return new Loop() {
            @Override
            public void execute(Runnable task) {
                schedule(task, 0);
            }

            @Override
            public void schedule(Runnable task, long delayMillis) {
                scheduler.in(
                        delayMillis * 1_000_000,
                        party.process(),
                        "loop",
                        () -> party.runner().accept(() -> inLoop(task)));
            }

            @Override
            public boolean isCurrent() {
                return inTask;
            }
        };
    }

    @Override
    public RandomGenerator random() {
        return random;
    }

    @Override
    public ManagedChannel open(String address) {
        return network.open(party, address, KEEP_ALIVE_NANOS);
    }

    @Override
    public Listening listen(Endpoint address, BindableService service) {
        Runnable close = network.listen(address.toString(), party, List.of(service));
        return new Listening() {
            @Override
            public int port() {
                return address.port();
            }

            @Override
            public void close() {
                close.run();
            }
        };
    }

    @Override
    public void close() {}
}
