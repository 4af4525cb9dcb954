package io.gavel.client.config;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Versioned configuration: a namespace is a document of keys, and every release of it is atomic. */
public interface ConfigStore {
    /** The namespace of this name: {@code [a-z0-9][a-z0-9._/-]*}, at most 128 characters. */
    ConfigNamespace namespace(String name);

    /** Newest releases, without entries, of the namespaces with {@code prefix} and greater than {@code after}. */
    List<ConfigRelease> list(String prefix, String after, int limit);

    /** As {@link #list}, as a future. */
    CompletableFuture<List<ConfigRelease>> listAsync(String prefix, String after, int limit);
}
