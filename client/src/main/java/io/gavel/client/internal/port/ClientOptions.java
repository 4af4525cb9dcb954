package io.gavel.client.internal.port;

import io.gavel.client.RetryPolicy;
import java.time.Duration;
import java.util.List;

/** What a user decided about a client. */
public record ClientOptions(
        List<String> endpoints, String clientName, Duration requestTimeout, Duration sessionTtl, RetryPolicy retry) {
    /** Copies the endpoints. */
    public ClientOptions {
        endpoints = List.copyOf(endpoints);
    }

    /** The same under another name. */
    public ClientOptions withClientName(String name) {
        return new ClientOptions(endpoints, name, requestTimeout, sessionTtl, retry);
    }
}
