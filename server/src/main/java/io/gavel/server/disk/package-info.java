/// Files as storage sees them: a port that a simulation can stand in for, and the real thing.
@NullMarked
package io.gavel.server.disk;

import org.jspecify.annotations.NullMarked;
