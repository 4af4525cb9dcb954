package io.gavel.faults.house;

import java.util.function.Consumer;

/// A rule, or a family of rules, that can be checked by reading the source tree.
interface HouseRule {
    void check(SourceTree tree, Consumer<Violation> violations);
}
