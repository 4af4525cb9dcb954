package io.gavel.faults.check.lock;

import io.gavel.faults.history.Operation;

/// A grant, and how long it certainly lasted: until its holder asked to give it back or its lease could end.
record Tenure(Operation grant, long token, long certainUntilNanos) {
    /// When its holder knew of it.
    long fromNanos() {
        return grant.returned();
    }
}
