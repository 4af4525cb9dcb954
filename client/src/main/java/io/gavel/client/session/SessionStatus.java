package io.gavel.client.session;

import java.time.Duration;
import java.util.List;

/**
 * A session as the cluster sees it.
 *
 * @param owner the name of its client
 * @param holds {@code lock/NAME} and {@code election/NAME}
 */
public record SessionStatus(
        long id, String owner, Duration ttl, Duration remaining, List<String> holds, long ephemeralKeys) {}
