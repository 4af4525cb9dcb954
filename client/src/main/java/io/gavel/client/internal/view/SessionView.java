package io.gavel.client.internal.view;

import io.gavel.client.Registration;
import io.gavel.client.error.ClientClosedException;
import io.gavel.client.internal.core.SessionAgent;
import io.gavel.client.internal.core.SessionSlot;
import io.gavel.client.internal.port.Completion;
import io.gavel.client.internal.runner.Call;
import io.gavel.client.internal.runner.Callbacks;
import io.gavel.client.session.Session;
import io.gavel.client.session.SessionState;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One session. */
final class SessionView implements Session {
    private static final Duration CLOSE = Duration.ofSeconds(3);

    private final Context context;
    private final SessionSlot slot;
    private final SessionAgent agent;
    /** Made when somebody asks: a listener stays until its session ends. */
    private @Nullable CompletableFuture<SessionState> ended;

    SessionView(Context context, SessionSlot slot, SessionAgent agent) {
        this.context = context;
        this.slot = slot;
        this.agent = agent;
    }

    boolean isOf(Context other) {
        return context.core().equals(other.core());
    }

    SessionSlot slot() {
        return slot;
    }

    @Override
    public long id() {
        return agent.id();
    }

    @Override
    public Duration ttl() {
        return Duration.ofNanos(agent.ttlNanos());
    }

    @Override
    public SessionState state() {
        return agent.state();
    }

    @Override
    public Duration safeFor() {
        return Duration.ofNanos(agent.safeForNanos());
    }

    @Override
    public Registration onState(Consumer<SessionState> listener) {
        Callbacks.SerialQueue queue = new Callbacks.SerialQueue(context.calls().callbacks());
        SessionAgent.StateListener told = state -> queue.add(() -> listener.accept(state));
        context.calls().runner().post(() -> {
            SessionState now = agent.state();
            context.core().listen(agent, told);
            if (now == SessionState.EXPIRED || now == SessionState.CLOSED) {
                told.onState(now);
            }
        });
        return () -> context.calls().runner().post(() -> context.core().ignore(agent, told));
    }

    @Override
    public synchronized CompletionStage<SessionState> ended() {
        CompletableFuture<SessionState> present = ended;
        if (present == null) {
            CompletableFuture<SessionState> made = new CompletableFuture<>();
            Registration unused = onState(state -> {
                if (state == SessionState.EXPIRED || state == SessionState.CLOSED) {
                    made.complete(state);
                }
            });
            ended = made;
            present = made;
        }
        return present.minimalCompletionStage();
    }

    private void endedWithItsClient() {
        @Nullable CompletableFuture<SessionState> asked;
        synchronized (this) {
            asked = ended;
        }
        if (asked != null) {
            asked.complete(SessionState.CLOSED);
        }
    }

    @Override
    public void close() {
        try {
            closeCall().await();
        } catch (ClientClosedException e) {
            // Closing the client has closed it.
            endedWithItsClient();
        }
    }

    @Override
    public CompletableFuture<Void> closeAsync() {
        return closeCall().completion();
    }

    private Call<Boolean> closeCall() {
        return context.withCalls(context.calls().withTimeout(CLOSE))
                .call(
                        (long deadline, Completion<Boolean> completion) ->
                                context.core().close(slot, agent, completion),
                        done -> done);
    }
}
