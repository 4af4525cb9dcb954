package io.gavel.server.api.grpc;

import io.gavel.protocol.v1.Error;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.atomic.AtomicBoolean;

/// Ends a unary call once, from any thread; a call that its client gave up on takes the answer silently.
final class UnaryAnswer<T> {
    private final StreamObserver<T> observer;
    private final AtomicBoolean answered = new AtomicBoolean();

    UnaryAnswer(StreamObserver<T> observer) {
        this(observer, () -> {});
    }

    /// `onCancel` runs when the client gives up, on the call's thread.
    UnaryAnswer(StreamObserver<T> observer, Runnable onCancel) {
        this.observer = observer;
        // Without a handler a late onNext would throw on the thread of the agent that answers.
        ((ServerCallStreamObserver<T>) observer).setOnCancelHandler(() -> {
            answered.set(true);
            onCancel.run();
        });
    }

    void complete(T message) {
        if (answered.compareAndSet(false, true)) {
            observer.onNext(message);
            observer.onCompleted();
        }
    }

    void fail(Error error) {
        if (answered.compareAndSet(false, true)) {
            observer.onError(GrpcErrors.exception(error));
        }
    }
}
