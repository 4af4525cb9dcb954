/// What a leader knows of its peers, and which reads wait for their echoes; knows no messages.
@NullMarked
package io.gavel.raft.progress;

import org.jspecify.annotations.NullMarked;
