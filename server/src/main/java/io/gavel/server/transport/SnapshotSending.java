package io.gavel.server.transport;

import com.google.protobuf.ByteString;
import io.gavel.raft.EntryId;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.peer.v1.PeerGrpc;
import io.gavel.server.peer.v1.SnapshotHead;
import io.gavel.server.peer.v1.SnapshotPart;
import io.gavel.server.peer.v1.SnapshotReceipt;
import io.grpc.ManagedChannel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One snapshot file on its way to a peer, over a connection of its own (rule 36). Driven by the bulk agent: it calls
/// [#pump()] when woken, and never waits for the network.
public final class SnapshotSending implements AutoCloseable {
    private static final int PARTS_PER_PUMP = 16;
    private static final int LIMIT_MINUTES = 10;

    /// The file to send.
    public interface Source extends AutoCloseable {
        EntryId lastIncluded();

        long term();

        ByteString manifest();

        long fileBytes();

        /// The next part of the file, at most `limit` bytes; empty at the end.
        ByteString read(long offset, int limit) throws IOException;

        @Override
        void close();
    }

    /// How far it got.
    public enum State {
        RUNNING,
        ARRIVED,
        FAILED
    }

    private static final int PART_BYTES = 256 << 10;

    private final ManagedChannel channel;
    private final Source source;
    private final SnapshotPart.Builder first;
    private final Runnable wake;
    private volatile @Nullable ClientCallStreamObserver<SnapshotPart> call;
    private volatile State state = State.RUNNING;
    private volatile String problem = "";
    private long offset;
    private boolean headSent;
    private boolean allSent;

    private SnapshotSending(ManagedChannel channel, Source source, SnapshotPart.Builder first, Runnable wake) {
        this.channel = channel;
        this.source = source;
        this.first = first;
        this.wake = wake;
    }

    static SnapshotSending start(
            PeerNetwork network, GrpcPeerTransport transport, NodeId to, Source source, Runnable wake) {
        Member peer = transport.member(to);
        if (peer == null) {
            throw new IllegalStateException("member " + to + " is not known to the transport");
        }
        SnapshotPart.Builder first = SnapshotPart.newBuilder()
                .setHello(transport.helloTo(peer))
                .setHead(SnapshotHead.newBuilder()
                        .setLastIncluded(PeerMessageCodec.position(source.lastIncluded()))
                        .setManifest(source.manifest())
                        .setFileBytes(source.fileBytes())
                        .setTerm(source.term()));
        ManagedChannel channel = network.open(peer.peerAddress());
        SnapshotSending sending = new SnapshotSending(channel, source, first, wake);
        PeerGrpc.newStub(channel)
                .withDeadlineAfter(LIMIT_MINUTES, TimeUnit.MINUTES)
                .snapshot(sending.new Responses());
        return sending;
    }

    /// Sends what the connection takes now, a few parts at most; `wake` is run when it may be called again.
    public State pump() throws IOException {
        ClientCallStreamObserver<SnapshotPart> stream = call;
        int parts = 0;
        while (stream != null && state == State.RUNNING && !allSent && stream.isReady() && parts < PARTS_PER_PUMP) {
            ByteString content = source.read(offset, PART_BYTES);
            if (content.isEmpty() && headSent) {
                allSent = true;
                stream.onCompleted();
            } else {
                SnapshotPart.Builder part = headSent ? SnapshotPart.newBuilder() : first;
                stream.onNext(part.setOffset(offset).setContent(content).build());
                headSent = true;
                offset += content.size();
                parts++;
            }
        }
        if (parts == PARTS_PER_PUMP) {
            wake.run();
        }
        return state;
    }

    /// Why it failed; empty otherwise.
    public String problem() {
        return problem;
    }

    public EntryId lastIncluded() {
        return source.lastIncluded();
    }

    @Override
    public void close() {
        channel.shutdownNow();
        source.close();
    }

    private final class Responses implements ClientResponseObserver<SnapshotPart, SnapshotReceipt> {
        @Override
        public void beforeStart(ClientCallStreamObserver<SnapshotPart> requests) {
            call = requests;
            requests.setOnReadyHandler(wake);
        }

        @Override
        public void onNext(SnapshotReceipt receipt) {
            problem = receipt.getMessage();
            state = receipt.getComplete() ? State.ARRIVED : State.FAILED;
        }

        @Override
        public void onError(Throwable failure) {
            problem = String.valueOf(failure.getMessage());
            state = State.FAILED;
            wake.run();
        }

        @Override
        public void onCompleted() {
            if (state == State.RUNNING) {
                state = State.FAILED;
            }
            wake.run();
        }
    }
}
