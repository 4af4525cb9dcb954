package io.gavel.client.election;

import io.gavel.client.lock.LockStatus;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who leads and who waits.
 *
 * @param head null = nobody leads
 * @param candidates those who wait, in queue order
 */
public record ElectionStatus(String name, @Nullable Leader head, List<LockStatus.Waiter> candidates) {
    /** Who leads. */
    public Optional<Leader> leader() {
        return Optional.ofNullable(head);
    }
}
