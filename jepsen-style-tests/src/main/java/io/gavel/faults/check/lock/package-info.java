/// Locks, sessions and elections: who holds what, for how long, and who is next.
@NullMarked
package io.gavel.faults.check.lock;

import org.jspecify.annotations.NullMarked;
