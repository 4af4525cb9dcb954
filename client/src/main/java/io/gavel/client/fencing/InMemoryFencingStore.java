package io.gavel.client.fencing;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Tokens of resources that live no longer than this process, such as a cache or a connection. */
public final class InMemoryFencingStore implements FencingStore {
    private final Map<String, Long> highest = new ConcurrentHashMap<>();

    @Override
    public boolean admit(String resource, long token) {
        return highest.merge(resource, token, Math::max) == token;
    }
}
