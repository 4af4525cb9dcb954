/// Simulation, fault injection, workloads and checkers for Gavel.
@NullMarked
package io.gavel.faults;

import org.jspecify.annotations.NullMarked;
