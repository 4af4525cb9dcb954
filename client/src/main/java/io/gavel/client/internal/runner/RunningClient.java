package io.gavel.client.internal.runner;

import io.gavel.client.GavelClient;
import io.gavel.client.internal.core.ClientOptions;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Starts clients. */
public final class RunningClient {
    private RunningClient() {}

    /** Starts a client; {@code callbackExecutor} null = the default one. */
    public static GavelClient start(ClientOptions options, @Nullable Executor callbackExecutor) {
        if (callbackExecutor == null && options.endpoints().isEmpty()) {
            throw new IllegalArgumentException("no endpoints");
        }
        throw new UnsupportedOperationException(options.toString());
    }
}
