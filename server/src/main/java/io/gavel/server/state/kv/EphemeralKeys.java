package io.gavel.server.state.kv;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/// Which keys end with which session. Confined to the apply agent; rebuilt from the keys of a snapshot.
final class EphemeralKeys {
    private final Map<Long, TreeSet<byte[]>> bySession = new HashMap<>();

    void add(long sessionId, byte[] key) {
        bySession
                .computeIfAbsent(sessionId, id -> new TreeSet<>(Arrays::compareUnsigned))
                .add(key);
    }

    void remove(long sessionId, byte[] key) {
        TreeSet<byte[]> keys = bySession.get(sessionId);
        if (keys != null && keys.remove(key) && keys.isEmpty()) {
            bySession.remove(sessionId);
        }
    }

    int count(long sessionId) {
        TreeSet<byte[]> keys = bySession.get(sessionId);
        return keys == null ? 0 : keys.size();
    }

    /// The session's keys in key order.
    List<byte[]> of(long sessionId) {
        TreeSet<byte[]> keys = bySession.get(sessionId);
        return keys == null ? List.of() : List.copyOf(keys);
    }
}
