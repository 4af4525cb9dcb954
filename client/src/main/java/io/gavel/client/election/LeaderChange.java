package io.gavel.client.election;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A change of leader, or of the leader's proposal.
 *
 * @param head null = nobody leads
 * @param afterGap changes before this one were skipped
 */
public record LeaderChange(long revision, @Nullable Leader head, boolean afterGap) {
    /** Who leads now. */
    public Optional<Leader> leader() {
        return Optional.ofNullable(head);
    }
}
