/// Raft consensus as a pure function of its events: no thread, clock, file, socket or log output.
@NullMarked
package io.gavel.raft;

import org.jspecify.annotations.NullMarked;
