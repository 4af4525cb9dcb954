package io.gavel.cli.bench;

import io.gavel.cli.output.Json;
import io.gavel.cli.output.Table;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/// What a load run measured; latencies in microseconds.
record LoadResult(
        String operation, int clients, int connections, double seconds, long completed, long errors, Histogram nanos) {
    Map<String, @Nullable Object> document() {
        return Json.object(
                "op",
                operation,
                "clients",
                clients,
                "connections",
                connections,
                "seconds",
                Math.round(seconds * 1_000) / 1_000.0,
                "opsPerSecond",
                Math.round(completed / seconds * 10) / 10.0,
                "errors",
                errors,
                "p50Micros",
                micros(50),
                "p90Micros",
                micros(90),
                "p99Micros",
                micros(99),
                "p999Micros",
                micros(99.9),
                "maxMicros",
                TimeUnit.NANOSECONDS.toMicros(nanos.getMaxValue()));
    }

    Table table() {
        return new Table("OP", "CLIENTS", "OPS/S", "ERRORS", "P50 µs", "P90 µs", "P99 µs", "P99.9 µs", "MAX µs")
                .row(
                        operation,
                        clients,
                        String.format(Locale.ROOT, "%.0f", completed / seconds),
                        errors,
                        micros(50),
                        micros(90),
                        micros(99),
                        micros(99.9),
                        TimeUnit.NANOSECONDS.toMicros(nanos.getMaxValue()));
    }

    private long micros(double percentile) {
        return TimeUnit.NANOSECONDS.toMicros(nanos.getValueAtPercentile(percentile));
    }
}
