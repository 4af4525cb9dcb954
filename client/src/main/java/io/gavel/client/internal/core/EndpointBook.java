package io.gavel.client.internal.core;

import com.google.protobuf.ByteString;
import io.gavel.client.RetryPolicy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The members this client knows of, and how they have behaved: one breaker for each. Only failures of transport and
 * missed answers count, never a refusal that says something about the request.
 */
final class EndpointBook {
    /** With every endpoint failing for this long, calls are refused at once. */
    static final long DOWN_AFTER_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final int MAX_ENDPOINTS = 64;

    private static final class Endpoint {
        int failures;
        long blockedUntil;
        long failingSince = Long.MAX_VALUE;
        String reason = "not tried yet";
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

    /** The endpoint to try now: the leader if it is known and behaves, else the next; null = all are blocked. */
    @Nullable
    String choose(long now) {
        Endpoint hinted = endpoints.get(leader);
        if (hinted != null && hinted.blockedUntil <= now) {
            return leader;
        }
        return rotate(now);
    }

    /** The next endpoint in turn, the leader or not; null = all are blocked. */
    @Nullable
    String rotate(long now) {
        for (int i = 0; i < order.size(); i++) {
            String candidate = order.get((cursor + i) % order.size());
            if (endpoint(candidate).blockedUntil <= now) {
                cursor = (cursor + i + 1) % order.size();
                return candidate;
            }
        }
        return null;
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

    /** The leader, if it is known, behaves, and is another member than {@code endpoint}. */
    @Nullable
    String betterThan(String endpoint, long now) {
        Endpoint hinted = endpoints.get(leader);
        boolean better =
                hinted != null && !leader.equals(endpoint) && hinted.failures == 0 && hinted.blockedUntil <= now;
        return better ? leader : null;
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
