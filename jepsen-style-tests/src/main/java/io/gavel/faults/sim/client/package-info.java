/// Production clients on virtual time, and the work they do.
@NullMarked
package io.gavel.faults.sim.client;

import org.jspecify.annotations.NullMarked;
