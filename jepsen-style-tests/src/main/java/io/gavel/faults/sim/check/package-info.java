/// What an observer who sees every disk, every message and every state demands after each event.
@NullMarked
package io.gavel.faults.sim.check;

import org.jspecify.annotations.NullMarked;
