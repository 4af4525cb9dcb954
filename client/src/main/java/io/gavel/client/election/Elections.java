package io.gavel.client.election;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Leader elections by name. */
public interface Elections {
    /** The election of this name. */
    Election election(String name);

    /** The first {@code limit} elections whose names start with {@code prefix} and are greater than {@code after}. */
    List<ElectionStatus> list(String prefix, String after, int limit);

    /** As {@link #list}, as a future. */
    CompletableFuture<List<ElectionStatus>> listAsync(String prefix, String after, int limit);
}
