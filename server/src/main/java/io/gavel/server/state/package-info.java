/// The replicated state machine: a pure function of the log.
@NullMarked
package io.gavel.server.state;

import org.jspecify.annotations.NullMarked;
