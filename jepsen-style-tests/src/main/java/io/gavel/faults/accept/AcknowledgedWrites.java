package io.gavel.faults.accept;

import io.gavel.client.Bytes;
import io.gavel.client.GavelClient;
import io.gavel.client.error.GavelException;
import io.gavel.client.kv.Entry;
import io.gavel.client.kv.RangeOptions;
import io.gavel.client.kv.RangeResult;
import java.util.Locale;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicInteger;

/// A writer that puts each key once and remembers which were acknowledged and how long the longest silence was.
final class AcknowledgedWrites implements AutoCloseable {
    private static final String PREFIX = "accept/";

    private final GavelClient client;
    private final ConcurrentSkipListSet<String> acknowledged = new ConcurrentSkipListSet<>();
    private final AtomicInteger failed = new AtomicInteger();
    private final Thread thread;
    private volatile boolean running = true;
    private volatile long lastNanos = System.nanoTime();
    private volatile long longestGapNanos;
    private volatile int countAtMark;

    AcknowledgedWrites(GavelClient client) {
        this.client = client;
        this.thread = Thread.ofPlatform().daemon().name("accept-writer").start(this::write);
    }

    private void write() {
        for (int next = 0; running; next++) {
            String key = String.format(Locale.ROOT, PREFIX + "%07d", next);
            try {
                client.kv().put(key, "written once");
                long now = System.nanoTime();
                longestGapNanos = Math.max(longestGapNanos, now - lastNanos);
                lastNanos = now;
                acknowledged.add(key);
            } catch (GavelException unknown) {
                failed.incrementAndGet();
            }
        }
    }

    int count() {
        return acknowledged.size();
    }

    int failed() {
        return failed.get();
    }

    /// Begins to measure the longest time between two acknowledgements.
    void beginGap() {
        longestGapNanos = 0;
    }

    void mark() {
        countAtMark = acknowledged.size();
    }

    int sinceMark() {
        return acknowledged.size() - countAtMark;
    }

    double longestGapMillis() {
        return longestGapNanos / 1e6;
    }

    void stop() throws InterruptedException {
        running = false;
        thread.join();
    }

    /// How many acknowledged writes a linearizable read of everything does not find.
    long countLost(GavelClient reader) {
        TreeSet<String> lost = new TreeSet<>(acknowledged);
        RangeOptions options = RangeOptions.DEFAULT.withKeysOnly().withLimit(10_000);
        RangeResult page = reader.kv().range(Bytes.utf8(PREFIX), options);
        while (true) {
            for (Entry entry : page.entries()) {
                lost.remove(entry.keyText());
            }
            if (!page.more()) {
                return lost.size();
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
    }
}
