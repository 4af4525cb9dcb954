/// Checks that stay on in production; at the very bottom of the core.
@NullMarked
package io.gavel.raft.check;

import org.jspecify.annotations.NullMarked;
