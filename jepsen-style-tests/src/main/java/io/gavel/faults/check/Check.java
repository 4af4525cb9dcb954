package io.gavel.faults.check;

import java.util.function.Consumer;

/// A judge of one promise.
public interface Check {
    /// Reports everything that it has against the run.
    void judge(Evidence evidence, Consumer<Finding> findings);
}
