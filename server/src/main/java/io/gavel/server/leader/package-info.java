/// What a leader does of its own accord: time, verdicts on digests, compaction, feature levels; and when it
/// refuses what clients ask.
@NullMarked
package io.gavel.server.leader;

import org.jspecify.annotations.NullMarked;
