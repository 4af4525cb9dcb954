package io.gavel.client.internal.view;

import io.gavel.client.ConnectionEvent;
import io.gavel.client.ConnectionState;
import io.gavel.client.GavelClient;
import io.gavel.client.Registration;
import io.gavel.client.cluster.Cluster;
import io.gavel.client.config.ConfigStore;
import io.gavel.client.election.Elections;
import io.gavel.client.error.Outcome;
import io.gavel.client.error.RequestId;
import io.gavel.client.internal.core.ClientCore;
import io.gavel.client.internal.port.Completion;
import io.gavel.client.internal.runner.Callbacks;
import io.gavel.client.internal.wire.Limits;
import io.gavel.client.kv.KeyValue;
import io.gavel.client.lock.Locks;
import io.gavel.client.session.Session;
import io.gavel.client.session.Sessions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A client, or a view of one. */
public final class ClientView implements GavelClient {
    private final Context context;
    private final @Nullable Runnable close;

    /** {@code close} null = a view, whose closing closes nothing. */
    public ClientView(Context context, @Nullable Runnable close) {
        this.context = context;
        this.close = close;
    }

    @Override
    public KeyValue kv() {
        return new KeyValueView(context);
    }

    @Override
    public Locks locks() {
        return new LocksView(context);
    }

    @Override
    public Elections elections() {
        return new ElectionsView(context);
    }

    @Override
    public ConfigStore config() {
        return new ConfigStoreView(context);
    }

    @Override
    public Sessions sessions() {
        return new SessionsView(context);
    }

    @Override
    public Cluster cluster() {
        return new ClusterView(context);
    }

    @Override
    public GavelClient withDeadline(Duration perCall) {
        Limits.require(
                perCall.toMillis() >= 1 && perCall.compareTo(Duration.ofHours(1)) <= 0,
                "deadline",
                "1 ms to 1 h",
                perCall.toString());
        return new ClientView(context.withCalls(context.calls().withTimeout(perCall)), null);
    }

    @Override
    public GavelClient withSession(Session session) {
        if (!(session instanceof SessionView view) || !view.isOf(context)) {
            throw new IllegalArgumentException("the session belongs to another client");
        }
        return new ClientView(context.withSlot(view.slot()), null);
    }

    @Override
    public ConnectionState connectionState() {
        return context.core().state();
    }

    @Override
    public Registration onConnectionState(Consumer<ConnectionEvent> listener) {
        Callbacks.SerialQueue queue = new Callbacks.SerialQueue(context.calls().callbacks());
        ClientCore.ConnectionListener told = event -> queue.add(() -> listener.accept(event));
        context.calls().runner().post(() -> context.core().listen(told));
        return () -> context.calls().runner().post(() -> context.core().ignore(told));
    }

    @Override
    public CompletableFuture<Outcome> outcomeOf(RequestId request) {
        return context.call(
                        (long deadline, Completion<Outcome> completion) ->
                                context.core().outcomeOf(request, completion),
                        outcome -> outcome)
                .future();
    }

    @Override
    public void close() {
        if (close != null) {
            close.run();
        }
    }
}
