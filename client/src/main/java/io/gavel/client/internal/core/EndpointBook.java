package io.gavel.client.internal.core;

import com.google.protobuf.ByteString;
import io.gavel.client.RetryPolicy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The members this client knows of, and how they have behaved: one breaker for each. Only failures of transport and
 * missed answers count, never a refusal that says something about the request.
 *
 * <p>A member that fails is distrusted, for longer each time: as long as there is another one, nobody waits for it, and
 * when the time is over a single attempt finds out. If nobody is trusted, whoever failed is tried again after a short
 * back-off.
 */
final class EndpointBook {
    /** With every endpoint failing for this long, calls are refused at once. */
    static final long DOWN_AFTER_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final int MAX_ENDPOINTS = 64;
    private static final long MIN_DISTRUST_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final int MAX_DISTRUST_DOUBLINGS = 4;

    private static final class Endpoint {
        int failures;
        long blockedUntil;
        long distrustedUntil;
        long failingSince = Long.MAX_VALUE;
        String reason = "not tried yet";

        boolean isTrusted(long now) {
            return distrustedUntil <= now;
        }
    }

    private final Map<String, Endpoint> endpoints = new LinkedHashMap<>();
    private final List<String> order = new ArrayList<>();
    private final Backoff backoff;
    private int cursor;
    private String leader = "";
    private ByteString clusterId = ByteString.EMPTY;

    EndpointBook(List<String> configured, RetryPolicy policy, RandomGenerator random) {
        this.backoff = new Backoff(policy, random);
        configured.forEach(this::learn);
        this.cursor = random.nextInt(order.size());
    }

    /** The endpoint to try now: the leader if it is known and trusted, else the next; null = all are blocked. */
    @Nullable
    String choose(long now) {
        Endpoint hinted = endpoints.get(leader);
        return hinted != null && hinted.isTrusted(now) ? tried(leader, now) : rotate(now);
    }

    /** The next trusted endpoint in turn, the leader or not; if there is none, any; null = all are blocked. */
    @Nullable
    String rotate(long now) {
        String next = next(endpoint -> endpoint.isTrusted(now));
        if (next == null) {
            next = next(endpoint -> endpoint.blockedUntil <= now);
        }
        return next == null ? null : tried(next, now);
    }

    private @Nullable String next(Predicate<Endpoint> usable) {
        for (int i = 0; i < order.size(); i++) {
            String candidate = order.get((cursor + i) % order.size());
            if (usable.test(endpoint(candidate))) {
                cursor = (cursor + i + 1) % order.size();
                return candidate;
            }
        }
        return null;
    }

    /** One attempt at a time finds out whether a member is back. */
    private String tried(String name, long now) {
        Endpoint endpoint = endpoint(name);
        if (endpoint.failures > 0) {
            endpoint.distrustedUntil = now + MIN_DISTRUST_NANOS;
        }
        return name;
    }

    /** When {@link #choose} may next return an endpoint. */
    long nextUsableNanos() {
        long earliest = Long.MAX_VALUE;
        for (Endpoint endpoint : endpoints.values()) {
            earliest = Math.min(earliest, endpoint.blockedUntil);
        }
        return earliest;
    }

    void onFailure(String name, String reason, long now) {
        Endpoint endpoint = endpoint(name);
        endpoint.failures++;
        endpoint.blockedUntil = now + backoff.nanos(endpoint.failures);
        endpoint.distrustedUntil =
                now + (MIN_DISTRUST_NANOS << Math.min(endpoint.failures - 1, MAX_DISTRUST_DOUBLINGS));
        endpoint.failingSince = Math.min(endpoint.failingSince, now);
        endpoint.reason = reason;
        if (name.equals(leader)) {
            leader = "";
        }
    }

    void onSuccess(String name) {
        Endpoint endpoint = endpoint(name);
        endpoint.failures = 0;
        endpoint.blockedUntil = 0;
        endpoint.distrustedUntil = 0;
        endpoint.failingSince = Long.MAX_VALUE;
        endpoint.reason = "answers";
    }

    /** A member said who leads; empty = nobody. */
    void onLeader(String endpoint) {
        if (!endpoint.isEmpty()) {
            learn(endpoint);
        }
        leader = endpoint;
    }

    /** The leader, if it is known, trusted, and another member than {@code endpoint}. */
    @Nullable
    String betterThan(String endpoint, long now) {
        Endpoint hinted = endpoints.get(leader);
        return hinted != null && !leader.equals(endpoint) && hinted.isTrusted(now) ? tried(leader, now) : null;
    }

    /** The cluster of the first member that answered; empty = none did yet. */
    ByteString clusterId() {
        return clusterId;
    }

    /** Whether a member belongs to the cluster of the first one that answered. */
    boolean isSameCluster(ByteString answered) {
        if (clusterId.isEmpty()) {
            clusterId = answered;
        }
        return clusterId.equals(answered);
    }

    /** Whether every endpoint has been failing for a while. */
    boolean isDown(long now) {
        for (Endpoint endpoint : endpoints.values()) {
            if (endpoint.failingSince > now - DOWN_AFTER_NANOS) {
                return false;
            }
        }
        return true;
    }

    /** Every endpoint and how it behaved last. */
    String describe() {
        StringBuilder text = new StringBuilder();
        endpoints.forEach((name, endpoint) -> text.append(text.isEmpty() ? "" : "; ")
                .append(name)
                .append(": ")
                .append(endpoint.reason));
        return text.toString();
    }

    private void learn(String name) {
        if (!endpoints.containsKey(name) && endpoints.size() < MAX_ENDPOINTS) {
            endpoints.put(name, new Endpoint());
            order.add(name);
        }
    }

    private Endpoint endpoint(String name) {
        Endpoint endpoint = endpoints.get(name);
        return endpoint == null ? new Endpoint() : endpoint;
    }
}
