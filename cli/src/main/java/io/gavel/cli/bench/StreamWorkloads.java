package io.gavel.cli.bench;

import io.gavel.cli.GlobalOptions;
import io.gavel.client.Bytes;
import io.gavel.client.GavelClient;
import io.gavel.client.Registration;
import io.gavel.client.election.Leadership;
import io.gavel.client.kv.DeleteOptions;
import io.gavel.client.kv.PutOptions;
import io.gavel.client.kv.ReadOptions;
import io.gavel.client.lock.LockGrant;
import io.gavel.client.watch.Watch;
import io.gavel.client.watch.WatchEvent;
import io.gavel.client.watch.WatchOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/// Operations through the SDK, each connection one client with a session stream of its own.
final class StreamWorkloads {
    private StreamWorkloads() {}

    /// What the operations work on.
    record Shape(int connections, int keys, int valueSize) {
        String key(long number) {
            return String.format(Locale.ROOT, "bench/%08d", number % keys);
        }

        Bytes randomKey() {
            return Bytes.utf8(key(ThreadLocalRandom.current().nextInt(keys)));
        }

        Bytes value() {
            byte[] value = new byte[valueSize];
            ThreadLocalRandom.current().nextBytes(value);
            return Bytes.of(value);
        }
    }

    static Workload of(String operation, GlobalOptions global, Shape shape) {
        List<GavelClient> clients = new ArrayList<>();
        for (int i = 0; i < shape.connections(); i++) {
            clients.add(global.client().clientName("bench-" + i).build());
        }
        return switch (operation) {
            case "put" -> new Puts(clients, shape);
            case "get" -> new Gets(clients, shape);
            case "lock" -> new LockCycles(clients);
            case "election" -> new ElectionCycles(clients);
            case "watch" -> new WatchDelays(clients, shape);
            default -> throw new IllegalArgumentException(operation);
        };
    }

    private static void closeAll(List<GavelClient> clients) {
        clients.forEach(GavelClient::close);
    }

    private record Puts(List<GavelClient> clients, Shape shape, Bytes value) implements Workload {
        Puts(List<GavelClient> clients, Shape shape) {
            this(clients, shape, shape.value());
        }

        @Override
        public CompletableFuture<?> next(int client) {
            return clients.get(client % clients.size()).kv().putAsync(shape.randomKey(), value, PutOptions.DEFAULT);
        }

        @Override
        public void close() {
            closeAll(clients);
        }
    }

    private record Gets(List<GavelClient> clients, Shape shape) implements Workload {
        Gets {
            Bytes value = shape.value();
            CompletableFuture<?>[] window = new CompletableFuture<?>[Math.min(shape.keys(), 256)];
            for (int i = 0; i < shape.keys(); i++) {
                int slot = i % window.length;
                if (window[slot] != null) {
                    window[slot].join();
                }
                window[slot] = clients.getFirst().kv().putAsync(Bytes.utf8(shape.key(i)), value, PutOptions.DEFAULT);
            }
            CompletableFuture.allOf(window).join();
        }

        @Override
        public CompletableFuture<?> next(int client) {
            return clients.get(client % clients.size()).kv().getAsync(shape.randomKey(), ReadOptions.DEFAULT);
        }

        @Override
        public void close() {
            closeAll(clients);
        }
    }

    /// Acquire and release of an uncontended lock, one lock a client.
    private record LockCycles(List<GavelClient> clients) implements Workload {
        @Override
        public CompletableFuture<?> next(int client) {
            return clients.get(client % clients.size())
                    .locks()
                    .lock("bench/" + client)
                    .acquireAsync()
                    .thenCompose(LockGrant::releaseAsync);
        }

        @Override
        public void close() {
            closeAll(clients);
        }
    }

    /// Campaign and resign in an uncontended election, one election a client.
    private record ElectionCycles(List<GavelClient> clients) implements Workload {
        @Override
        public CompletableFuture<?> next(int client) {
            return clients.get(client % clients.size())
                    .elections()
                    .election("bench/" + client)
                    .campaignAsync("bench")
                    .thenCompose(Leadership::releaseAsync);
        }

        @Override
        public void close() {
            closeAll(clients);
        }
    }

    /// From the start of a put to its event in a watch of another connection.
    private static final class WatchDelays implements Workload {
        private final List<GavelClient> clients;
        private final Bytes value;
        private final Watch<WatchEvent> watch;
        private final Registration registration;
        private final ConcurrentHashMap<String, CompletableFuture<Boolean>> awaited = new ConcurrentHashMap<>();

        WatchDelays(List<GavelClient> clients, Shape shape) {
            this.clients = clients;
            this.value = shape.value();
            // A watch from "now" may begin after the first puts, and their clients would wait for ever.
            long before = clients.getFirst()
                    .kv()
                    .delete(Bytes.utf8("bench/watch/"), DeleteOptions.DEFAULT.withPrefix())
                    .revision();
            this.watch = clients.getFirst()
                    .kv()
                    .watch(Bytes.utf8("bench/watch/"), WatchOptions.prefix().withFrom(before + 1));
            this.registration = watch.onEvent(
                    this::onEvent, error -> awaited.values().forEach(f -> f.completeExceptionally(error)));
        }

        private void onEvent(WatchEvent event) {
            if (event instanceof WatchEvent.Put put) {
                CompletableFuture<Boolean> seen = awaited.remove(put.entry().keyText());
                if (seen != null) {
                    seen.complete(true);
                }
            }
        }

        @Override
        public CompletableFuture<?> next(int client) {
            String key = "bench/watch/" + client;
            CompletableFuture<Boolean> seen = new CompletableFuture<>();
            awaited.put(key, seen);
            return clients.get((client + 1) % clients.size())
                    .kv()
                    .putAsync(Bytes.utf8(key), value, PutOptions.DEFAULT)
                    .thenCompose(put -> seen);
        }

        @Override
        public void close() {
            registration.close();
            watch.close();
            closeAll(clients);
        }
    }
}
