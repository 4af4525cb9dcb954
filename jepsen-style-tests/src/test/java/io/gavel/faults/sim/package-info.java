/// The simulated world itself, run on a small budget.
@NullMarked
package io.gavel.faults.sim;

import org.jspecify.annotations.NullMarked;
