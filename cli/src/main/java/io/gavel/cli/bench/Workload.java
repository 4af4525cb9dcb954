package io.gavel.cli.bench;

import java.util.concurrent.CompletableFuture;

/// One kind of operation; each client has one outstanding at a time. Called from any thread.
interface Workload extends AutoCloseable {
    /// Starts the next operation of this client; the future ends when it is answered.
    CompletableFuture<?> next(int client);

    @Override
    void close();
}
