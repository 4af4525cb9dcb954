package io.gavel.faults.accept;

/// Measures one point.
@FunctionalInterface
interface Probe {
    void measure(Verdicts verdicts) throws Exception;
}
