package io.gavel.client;

import io.gavel.client.internal.RunningClient;
import io.gavel.client.internal.port.ClientOptions;
import io.gavel.client.internal.wire.Limits;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Describes a client. Not thread-safe. */
public final class GavelClientBuilder {
    private static final int MAX_OWNER_BYTES = 256;

    private final List<String> endpoints = new ArrayList<>();
    private String clientName = "";
    private Duration requestTimeout = Duration.ofSeconds(5);
    private Duration sessionTtl = Duration.ofSeconds(10);
    private RetryPolicy retry = RetryPolicy.DEFAULT;
    private @Nullable Executor callbackExecutor;

    GavelClientBuilder() {}

    /** Adds {@code host:port} endpoints of any members; others are learnt from the cluster. */
    public GavelClientBuilder endpoints(String... hostPorts) {
        for (String hostPort : hostPorts) {
            endpoints.add(Limits.endpoint("endpoints", hostPort));
        }
        return this;
    }

    /** What operators see as the owner of locks and sessions; at most 256 bytes. Default: user, host and process. */
    public GavelClientBuilder clientName(String shownToOperators) {
        int bytes = shownToOperators.getBytes(StandardCharsets.UTF_8).length;
        Limits.require(bytes <= MAX_OWNER_BYTES, "clientName", "at most 256 bytes", bytes + " bytes");
        clientName = shownToOperators;
        return this;
    }

    /** The deadline of each call, default 5 s. At most an hour: there are no calls without a deadline. */
    public GavelClientBuilder requestTimeout(Duration perCall) {
        Limits.require(
                perCall.toMillis() >= 1 && perCall.compareTo(Duration.ofHours(1)) <= 0,
                "requestTimeout",
                "1 ms to 1 h",
                perCall.toString());
        requestTimeout = perCall;
        return this;
    }

    /** How long the session outlives its last renewal: 1 s to 24 h, default 10 s. It is renewed at a third of it. */
    public GavelClientBuilder sessionTtl(Duration ttl) {
        Limits.require(
                ttl.compareTo(Duration.ofSeconds(1)) >= 0 && ttl.compareTo(Duration.ofHours(24)) <= 0,
                "sessionTtl",
                "1 s to 24 h",
                ttl.toString());
        sessionTtl = ttl;
        return this;
    }

    /** How long to wait between attempts, also of a candidate whose task ends soon after each election. */
    public GavelClientBuilder retry(RetryPolicy policy) {
        retry = policy;
        return this;
    }

    /**
     * Where callbacks and dependents of futures run. Default: a virtual thread each on JDK 21 and later, else a cached
     * pool of daemon threads. An executor that runs its tasks at once saves a change of threads, but then nothing that
     * it runs may block.
     */
    public GavelClientBuilder callbackExecutor(Executor executor) {
        callbackExecutor = executor;
        return this;
    }

    /** Makes the client. Does not block: the first call connects. */
    public GavelClient build() {
        Limits.require(!endpoints.isEmpty(), "endpoints", "at least one host:port", "none");
        return RunningClient.start(
                new ClientOptions(endpoints, clientName, requestTimeout, sessionTtl, retry), callbackExecutor);
    }
}
