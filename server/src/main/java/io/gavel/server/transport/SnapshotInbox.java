package io.gavel.server.transport;

import io.gavel.raft.quorum.NodeId;
import io.gavel.server.peer.v1.SnapshotHead;
import io.gavel.server.peer.v1.SnapshotPart;
import io.gavel.server.peer.v1.SnapshotReceipt;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;

/// The receiving end of snapshot streams: checks the hello, then hands part after part to the sink, one at a time.
final class SnapshotInbox {
    private final SnapshotSink sink;

    SnapshotInbox(SnapshotSink sink) {
        this.sink = sink;
    }

    StreamObserver<SnapshotPart> receive(HelloGuard guard, StreamObserver<SnapshotReceipt> responses) {
        ServerCallStreamObserver<SnapshotReceipt> call = (ServerCallStreamObserver<SnapshotReceipt>) responses;
        call.disableAutoRequest();
        call.request(1);
        return new Stream(guard, call);
    }

    private final class Stream implements StreamObserver<SnapshotPart> {
        private final HelloGuard guard;
        private final ServerCallStreamObserver<SnapshotReceipt> call;
        private SnapshotSink.@Nullable Transfer transfer;
        private boolean ended;

        Stream(HelloGuard guard, ServerCallStreamObserver<SnapshotReceipt> call) {
            this.guard = guard;
            this.call = call;
        }

        @Override
        public void onNext(SnapshotPart part) {
            if (ended) {
                return;
            }
            SnapshotSink.Transfer current = transfer;
            if (current == null) {
                current = begin(part);
                transfer = current;
            }
            if (current != null) {
                current.onPart(part.getOffset(), part.getContent(), () -> call.request(1));
            }
        }

        private SnapshotSink.@Nullable Transfer begin(SnapshotPart first) {
            HelloGuard.Admission admission = guard.admit(first.getHello());
            if (!admission.accepted()) {
                refuse(Status.PERMISSION_DENIED, admission.reply().getMessage());
                return null;
            }
            SnapshotHead head = first.getHead();
            SnapshotSink.Transfer begun = sink.begin(new SnapshotSink.Offer(
                    new NodeId(first.getHello().getSenderId()),
                    head.getTerm(),
                    PeerMessageCodec.entryId(head.getLastIncluded()),
                    head.getManifest(),
                    head.getFileBytes()));
            if (begun == null) {
                refuse(Status.RESOURCE_EXHAUSTED, "another snapshot is on its way to this member");
            }
            return begun;
        }

        private void refuse(Status status, String reason) {
            ended = true;
            call.onError(status.withDescription(reason).asRuntimeException());
        }

        @Override
        public void onError(Throwable failure) {
            ended = true;
            if (transfer != null) {
                transfer.onAborted();
            }
        }

        @Override
        public void onCompleted() {
            if (ended) {
                return;
            }
            ended = true;
            if (transfer == null) {
                call.onError(Status.INVALID_ARGUMENT
                        .withDescription("a snapshot stream without parts")
                        .asRuntimeException());
            } else {
                transfer.onEnd(this::answer);
            }
        }

        private void answer(@Nullable String problem) {
            call.onNext(SnapshotReceipt.newBuilder()
                    .setComplete(problem == null)
                    .setMessage(problem == null ? "" : problem)
                    .build());
            call.onCompleted();
        }
    }
}
