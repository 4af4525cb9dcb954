package io.gavel.server.watch;

import io.gavel.server.state.table.StateEvent;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/// Which subscriptions an event concerns, found without asking each: by exact key, by each watched length of prefix,
/// by namespace, by election. Confined to the hub.
final class TargetIndex {
    // Looked up only; what is iterated are the insertion-ordered sets.
    private final Map<ByteBuffer, Set<Subscription>> keys = new HashMap<>();
    private final Map<ByteBuffer, Set<Subscription>> prefixes = new HashMap<>();
    private final Map<String, Set<Subscription>> namespaces = new HashMap<>();
    private final Map<String, Set<Subscription>> elections = new HashMap<>();
    /// Length of prefix to the number of subscriptions with one of that length.
    private final TreeMap<Integer, Integer> prefixLengths = new TreeMap<>();

    void add(Subscription subscription) {
        switch (subscription.target) {
            case WatchTarget.Keys target -> {
                if (target.prefix()) {
                    prefixLengths.merge(target.key().length, 1, Integer::sum);
                }
                add(target.prefix() ? prefixes : keys, ByteBuffer.wrap(target.key()), subscription);
            }
            case WatchTarget.Namespace(String name) -> add(namespaces, name, subscription);
            case WatchTarget.Election(String name) -> add(elections, name, subscription);
        }
    }

    void remove(Subscription subscription) {
        switch (subscription.target) {
            case WatchTarget.Keys target -> {
                boolean removed =
                        remove(target.prefix() ? prefixes : keys, ByteBuffer.wrap(target.key()), subscription);
                if (removed && target.prefix()) {
                    prefixLengths.computeIfPresent(
                            target.key().length, (length, count) -> count == 1 ? null : Integer.valueOf(count - 1));
                }
            }
            case WatchTarget.Namespace(String name) -> remove(namespaces, name, subscription);
            case WatchTarget.Election(String name) -> remove(elections, name, subscription);
        }
    }

    /// Hands over every subscription that the event concerns.
    void matching(StateEvent event, Consumer<Subscription> to) {
        switch (event) {
            case StateEvent.KeyChanged changed -> {
                byte[] key = changed.key();
                keys.getOrDefault(ByteBuffer.wrap(key), Set.of()).forEach(to);
                for (int length : prefixLengths.headMap(key.length, true).keySet()) {
                    prefixes.getOrDefault(ByteBuffer.wrap(key, 0, length), Set.of())
                            .forEach(to);
                }
            }
            case StateEvent.ConfigReleased released ->
                namespaces
                        .getOrDefault(released.release().getNamespace(), Set.of())
                        .forEach(to);
            case StateEvent.LeaderChanged changed ->
                elections.getOrDefault(changed.election(), Set.of()).forEach(to);
        }
    }

    private static <K> void add(Map<K, Set<Subscription>> index, K target, Subscription subscription) {
        index.computeIfAbsent(target, ignored -> new LinkedHashSet<>()).add(subscription);
    }

    private static <K> boolean remove(Map<K, Set<Subscription>> index, K target, Subscription subscription) {
        Set<Subscription> subscriptions = index.get(target);
        if (subscriptions == null || !subscriptions.remove(subscription)) {
            return false;
        }
        if (subscriptions.isEmpty()) {
            index.remove(target);
        }
        return true;
    }
}
