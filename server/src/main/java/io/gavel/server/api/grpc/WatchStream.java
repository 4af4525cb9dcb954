package io.gavel.server.api.grpc;

import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.WatchRequest;
import io.gavel.protocol.v1.WatchResponse;
import io.gavel.server.api.ApiErrors;
import io.gavel.server.watch.Subscription;
import io.gavel.server.watch.WatchHub;
import io.gavel.server.watch.WatchSink;
import io.grpc.stub.ServerCallStreamObserver;
import org.jspecify.annotations.Nullable;

/// One watch call: takes the hub's messages as fast as its client reads, and tells the hub when it can take more.
///
/// The hub's thread delivers; the call's thread says ready and gone. The error that ends a watch is its last message
/// and
/// the call's status.
final class WatchStream implements WatchSink {
    private final ServerCallStreamObserver<WatchResponse> call;
    private volatile @Nullable Subscription subscription;
    private volatile boolean gone;

    WatchStream(ServerCallStreamObserver<WatchResponse> call) {
        this.call = call;
        call.setOnReadyHandler(this::onReady);
        call.setOnCancelHandler(this::onGone);
    }

    /// Begins once this member has applied `notBefore`. Any thread.
    void open(WatchHub hub, WatchRequest request, long notBefore) {
        Subscription opened = hub.open(request, notBefore, this);
        if (opened == null) {
            end(ApiErrors.overloaded("watch table"));
            return;
        }
        subscription = opened;
        if (gone) {
            opened.cancel();
        } else {
            opened.onReady();
        }
    }

    @Override
    public boolean isReady() {
        return call.isReady();
    }

    @Override
    public void deliver(WatchResponse response) {
        call.onNext(response);
    }

    @Override
    public void end(Error error) {
        call.onNext(WatchResponse.newBuilder().setError(error).build());
        call.onError(GrpcErrors.exception(error));
    }

    private void onReady() {
        Subscription present = subscription;
        if (present != null) {
            present.onReady();
        }
    }

    private void onGone() {
        gone = true;
        Subscription present = subscription;
        if (present != null) {
            present.cancel();
        }
    }
}
