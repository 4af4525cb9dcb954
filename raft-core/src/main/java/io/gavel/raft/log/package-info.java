/// Index arithmetic of the log: terms by run, sizes by mark, a window of what is recent; knows no messages.
@NullMarked
package io.gavel.raft.log;

import org.jspecify.annotations.NullMarked;
