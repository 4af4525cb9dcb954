/// What is done to a simulated cluster: a plan drawn from the seed, and how each kind of fault is carried out.
@NullMarked
package io.gavel.faults.sim.fault;

import org.jspecify.annotations.NullMarked;
