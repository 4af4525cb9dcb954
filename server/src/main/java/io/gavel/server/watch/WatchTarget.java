package io.gavel.server.watch;

import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.WatchRequest;
import io.gavel.server.entry.Refusals;
import io.gavel.server.state.table.StateEvent;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What one subscription is about.
sealed interface WatchTarget {
    /// One key, or all that start with it.
    @SuppressWarnings("ArrayRecordComponent")
    record Keys(byte[] key, boolean prefix) implements WatchTarget {
        boolean covers(byte[] other) {
            return prefix
                    ? other.length >= key.length && Arrays.equals(other, 0, key.length, key, 0, key.length)
                    : Arrays.equals(other, key);
        }
    }

    record Namespace(String name) implements WatchTarget {}

    record Election(String name) implements WatchTarget {}

    default boolean covers(StateEvent event) {
        return switch (event) {
            case StateEvent.KeyChanged changed -> this instanceof Keys keys && keys.covers(changed.key());
            case StateEvent.ConfigReleased released ->
                this instanceof Namespace namespace
                        && namespace.name().equals(released.release().getNamespace());
            case StateEvent.LeaderChanged changed ->
                this instanceof Election election && election.name().equals(changed.election());
        };
    }

    static WatchTarget of(WatchRequest request) {
        return switch (request.getTargetCase()) {
            case KEYS ->
                new Keys(
                        request.getKeys().getKey().toByteArray(),
                        request.getKeys().getPrefix());
            case CONFIG_NAMESPACE -> new Namespace(request.getConfigNamespace());
            case ELECTION -> new Election(request.getElection());
            case TARGET_NOT_SET -> throw new IllegalArgumentException("a watch without a target");
        };
    }

    /// Null if the request can be served.
    static @Nullable Error check(WatchRequest request) {
        return switch (request.getTargetCase()) {
            case KEYS ->
                request.getKeys().getKey().isEmpty() && !request.getKeys().getPrefix()
                        ? Refusals.invalid("keys.key", "1 byte or more", 0, "a watched key is empty")
                        : null;
            case CONFIG_NAMESPACE ->
                request.getConfigNamespace().isEmpty()
                        ? Refusals.invalid("config_namespace", "a name", "none", "a watched namespace has no name")
                        : null;
            case ELECTION ->
                request.getElection().isEmpty()
                        ? Refusals.invalid("election", "a name", "none", "a watched election has no name")
                        : null;
            case TARGET_NOT_SET -> Refusals.invalid("target", "one target", "none", "a watch needs a target");
        };
    }
}
