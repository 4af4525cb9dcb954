package io.gavel.server.observe;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/// A node's metrics: `gavel_` in front, base units, `_total` behind counters. Names are listed in [Metric] and nowhere
/// else; no key, lock or other name of a user is ever a label.
///
/// Recording: any thread, no locks. Suppliers are asked at each scrape, on its thread; they must not block.
public final class Metrics implements AutoCloseable {
    private static final Duration FASTEST = Duration.ofNanos(50_000);
    private static final Duration SLOWEST = Duration.ofSeconds(10);

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final List<LongSupplier> totals = new CopyOnWriteArrayList<>();
    private final JvmGcMetrics garbageCollection = new JvmGcMetrics();

    public Metrics(String version) {
        garbageCollection.bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        Gauge.builder(Metric.BUILD_INFO.meterName(), () -> 1)
                .description(Metric.BUILD_INFO.meaning())
                .tag("version", version)
                .tag("java", Runtime.version().toString())
                .register(registry);
    }

    /// A value that is asked for at each scrape.
    public void gauge(Metric metric, DoubleSupplier value) {
        Gauge.builder(metric.meterName(), value::getAsDouble)
                .description(metric.meaning())
                .baseUnit(metric.unit())
                .strongReference(true)
                .register(registry);
    }

    /// A total that somebody else counts; asked for at each scrape, never falling.
    public void counter(Metric metric, LongSupplier total) {
        FunctionCounter.builder(metric.meterName(), held(total), LongSupplier::getAsLong)
                .description(metric.meaning())
                .register(registry);
    }

    /// A total for one of a few parts; `part` is a word of ours, never one of a user.
    public void counter(Metric metric, String label, String part, LongSupplier total) {
        FunctionCounter.builder(metric.meterName(), held(total), LongSupplier::getAsLong)
                .description(metric.meaning())
                .tag(label, part)
                .register(registry);
    }

    /// The registry holds what it asks only weakly.
    private LongSupplier held(LongSupplier total) {
        totals.add(total);
        return total;
    }

    /// A histogram of durations from 50 µs to 10 s.
    /// `labels` are pairs of a name and a word of ours.
    public Timer timer(Metric metric, String... labels) {
        return Timer.builder(metric.meterName())
                .description(metric.meaning())
                .tags(labels)
                .publishPercentileHistogram()
                .minimumExpectedValue(FASTEST)
                .maximumExpectedValue(SLOWEST)
                .register(registry);
    }

    /// A histogram of sizes from 64 B to 16 MiB.
    public DistributionSummary summary(Metric metric) {
        return DistributionSummary.builder(metric.meterName())
                .description(metric.meaning())
                .baseUnit(metric.unit())
                .publishPercentileHistogram()
                .minimumExpectedValue(64.0)
                .maximumExpectedValue(16.0 * (1 << 20))
                .register(registry);
    }

    /// Everything in Prometheus' text format.
    public String scrape() {
        return registry.scrape();
    }

    @Override
    public void close() {
        garbageCollection.close();
        registry.close();
    }
}
