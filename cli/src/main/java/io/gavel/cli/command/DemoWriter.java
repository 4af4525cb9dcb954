package io.gavel.cli.command;

import io.gavel.client.Bytes;
import io.gavel.client.GavelClient;
import io.gavel.client.error.GavelException;
import io.gavel.client.kv.Entry;
import io.gavel.client.kv.RangeOptions;
import io.gavel.client.kv.RangeResult;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;

/// Writes one key after the other, each only once, and remembers what was acknowledged and when.
final class DemoWriter implements AutoCloseable {
    private static final String PREFIX = "demo/";

    private final GavelClient client;
    private final Set<String> acknowledged = new ConcurrentSkipListSet<>();
    private volatile boolean running;
    private volatile long lastAcknowledgedAt;
    private volatile long longestGapNanos;
    private volatile int acknowledgedAtKill;
    private volatile Thread thread = new Thread();
    private int next;

    DemoWriter(GavelClient client) {
        this.client = client;
    }

    void start() {
        lastAcknowledgedAt = System.nanoTime();
        running = true;
        thread = Thread.ofPlatform().daemon().name("demo-writer").start(this::write);
    }

    void stop() throws InterruptedException {
        running = false;
        thread.join();
    }

    private void write() {
        while (running) {
            String key = String.format(Locale.ROOT, PREFIX + "%06d", next++);
            try {
                client.kv().put(key, "written once");
            } catch (GavelException unknown) {
                continue;
            }
            long now = System.nanoTime();
            acknowledged.add(key);
            longestGapNanos = Math.max(longestGapNanos, now - lastAcknowledgedAt);
            lastAcknowledgedAt = now;
        }
    }

    /// To be called just before the leader is killed: the longest gap is measured from here.
    void beginGap() {
        longestGapNanos = 0;
    }

    /// To be called when the leader is gone.
    void markKilled() {
        acknowledgedAtKill = acknowledged.size();
    }

    int acknowledged() {
        return acknowledged.size();
    }

    int acknowledgedSinceKill() {
        return acknowledged.size() - acknowledgedAtKill;
    }

    /// The longest time between two acknowledgements since [#beginGap].
    long gapMillis() {
        return longestGapNanos / 1_000_000;
    }

    /// How many acknowledged writes a linearizable read does not find.
    long countMissing(GavelClient reader) {
        Set<String> missing = new ConcurrentSkipListSet<>(acknowledged);
        RangeOptions options = RangeOptions.DEFAULT.withKeysOnly();
        RangeResult page = reader.kv().range(Bytes.utf8(PREFIX), options);
        while (true) {
            for (Entry entry : page.entries()) {
                missing.remove(entry.keyText());
            }
            if (!page.more()) {
                return missing.size();
            }
            page = reader.kv()
                    .range(
                            Bytes.utf8(PREFIX),
                            options.withAfter(page.entries().getLast().key()));
        }
    }

    @Override
    public void close() {
        running = false;
        client.close();
    }
}
