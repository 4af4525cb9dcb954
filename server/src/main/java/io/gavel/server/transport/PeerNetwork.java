package io.gavel.server.transport;

import io.gavel.server.config.Endpoint;
import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.util.random.RandomGenerator;

/// The network between members, as the peer transport sees it: connections, a place to listen, and one loop on which
/// everything that arrives is told. The simulator brings its own.
public interface PeerNetwork extends AutoCloseable {
    /// Runs tasks one after the other; messages of connections arrive on it.
    interface Loop {
        void execute(Runnable task);

        void schedule(Runnable task, long delayMillis);

        /// Whether the caller is a task of this loop.
        boolean isCurrent();
    }

    /// An address that is listened on.
    interface Listening extends AutoCloseable {
        int port();

        @Override
        void close();
    }

    Loop loop();

    /// For the jitter of reconnects.
    RandomGenerator random();

    /// A connection that is not tried again by itself: who opened it decides.
    ManagedChannel open(String address);

    /// Offers the service on an address.
    ///
    /// @throws IOException if the address is in use or not ours
    Listening listen(Endpoint address, BindableService service) throws IOException;

    @Override
    void close();
}
