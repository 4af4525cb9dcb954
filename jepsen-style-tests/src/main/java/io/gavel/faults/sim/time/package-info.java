/// Virtual time: one queue of events, processes that die and pause, clocks that err.
@NullMarked
package io.gavel.faults.sim.time;

import org.jspecify.annotations.NullMarked;
