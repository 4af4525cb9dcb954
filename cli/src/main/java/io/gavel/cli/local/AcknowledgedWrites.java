package io.gavel.cli.local;

import io.gavel.client.Bytes;
import io.gavel.client.GavelClient;
import io.gavel.client.error.GavelException;
import io.gavel.client.kv.Entry;
import io.gavel.client.kv.RangeOptions;
import io.gavel.client.kv.RangeResult;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;

/// Writes one key after the other, each only once, and remembers what was acknowledged and when: does a cluster that is
/// killed lose any of it, and for how long does it not answer?
public final class AcknowledgedWrites implements AutoCloseable {
    private static final int PAGE_KEYS = 10_000;

    private final String prefix;

    private final GavelClient client;
    private final Set<String> acknowledged = new ConcurrentSkipListSet<>();
    private volatile boolean running;
    private volatile long lastAcknowledgedAt;
    private volatile long longestGapNanos;
    private volatile int countAtMark;
    private volatile Thread thread = new Thread();
    private int next;

    /// @param prefix of the keys, which nobody else writes
    public AcknowledgedWrites(GavelClient client, String prefix) {
        this.client = client;
        this.prefix = prefix;
    }

    /// Begins, or goes on after [#stop()].
    public void start() {
        lastAcknowledgedAt = System.nanoTime();
        running = true;
        thread = Thread.ofPlatform().daemon().name("writer").start(this::write);
    }

    public void stop() throws InterruptedException {
        running = false;
        thread.join();
    }

    private void write() {
        while (running) {
            String key = String.format(Locale.ROOT, "%s%07d", prefix, next++);
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

    /// Begins to measure the longest time between two acknowledgements: from the last one on.
    public void beginGap() {
        longestGapNanos = 0;
    }

    /// The longest time between two acknowledgements since [#beginGap].
    public double longestGapMillis() {
        return longestGapNanos / 1e6;
    }

    /// Where [#sinceMark] counts from.
    public void mark() {
        countAtMark = acknowledged.size();
    }

    public int sinceMark() {
        return acknowledged.size() - countAtMark;
    }

    /// How many writes were acknowledged.
    public int count() {
        return acknowledged.size();
    }

    /// How many acknowledged writes a linearizable read does not find.
    public long countMissing(GavelClient reader) {
        Set<String> missing = new ConcurrentSkipListSet<>(acknowledged);
        RangeOptions options = RangeOptions.DEFAULT.withKeysOnly().withLimit(PAGE_KEYS);
        RangeResult page = reader.kv().range(Bytes.utf8(prefix), options);
        while (true) {
            for (Entry entry : page.entries()) {
                missing.remove(entry.keyText());
            }
            if (!page.more()) {
                return missing.size();
            }
            page = reader.kv()
                    .range(
                            Bytes.utf8(prefix),
                            options.withAfter(page.entries().getLast().key()));
        }
    }

    /// Ends the writer, not its client.
    @Override
    public void close() {
        running = false;
    }
}
