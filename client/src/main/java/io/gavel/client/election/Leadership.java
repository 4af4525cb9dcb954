package io.gavel.client.election;

import io.gavel.client.lock.LockGrant;
import java.util.concurrent.CompletableFuture;

/** The proof of leading; a {@link LockGrant} in everything else. */
public interface Leadership extends LockGrant {
    /** What the leader says about itself, for example its address. */
    String proposal();

    /**
     * Replaces the proposal; observers are told.
     *
     * @throws io.gavel.client.error.LeadershipLostException if it leads no more
     */
    void proclaim(String proposal);

    /** Replaces the proposal; fails as {@link #proclaim} throws. */
    CompletableFuture<Void> proclaimAsync(String proposal);

    /** Steps down; another name for {@link #release()}. */
    void resign();

    /** Steps down; another name for {@link #releaseAsync()}. */
    CompletableFuture<Boolean> resignAsync();
}
