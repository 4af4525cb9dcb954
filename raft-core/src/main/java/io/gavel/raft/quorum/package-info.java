/// Who takes part and what counts as a majority; knows nothing of logs or messages.
@NullMarked
package io.gavel.raft.quorum;

import org.jspecify.annotations.NullMarked;
