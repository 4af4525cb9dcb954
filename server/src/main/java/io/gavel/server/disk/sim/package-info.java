/// A disk in memory that forgets and fails like a real one: for tests and the simulator, never for a node that serves.
@NullMarked
package io.gavel.server.disk.sim;

import org.jspecify.annotations.NullMarked;
