package io.gavel.server.transport;

import io.gavel.raft.Message;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.peer.v1.Hello;
import io.gavel.server.peer.v1.HelloReply;
import io.gavel.server.peer.v1.PeerFrame;
import io.gavel.server.peer.v1.PeerFrames;
import io.gavel.server.peer.v1.PeerGrpc;
import io.gavel.server.peer.v1.ProbeReply;
import io.gavel.server.peer.v1.ProbeRequest;
import io.gavel.server.peer.v1.SnapshotPart;
import io.gavel.server.peer.v1.SnapshotReceipt;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The receiving end of peers' streams. Everything runs on the transport's event loop.
///
/// Before the node has an identity it answers probes only; [#open] lets the other calls in.
final class PeerService extends PeerGrpc.PeerImplBase {
    private static final Logger log = LoggerFactory.getLogger(PeerService.class);

    /// What the service needs once the node has an identity.
    record Inbound(
            HelloGuard guard,
            PeerBoots boots,
            PeerListener listener,
            TransportCounters counters,
            HelloWatcher helloWatcher,
            SnapshotInbox snapshots) {}

    /// Told of each accepted hello.
    @FunctionalInterface
    interface HelloWatcher {
        void onHello(Hello hello, boolean restarted);
    }

    private final Function<ProbeRequest, ProbeReply> probes;
    private volatile @Nullable Inbound inbound;
    private volatile String lastRefusal = "";

    PeerService(Function<ProbeRequest, ProbeReply> probes) {
        this.probes = probes;
    }

    void open(Inbound ready) {
        inbound = ready;
    }

    @Override
    public StreamObserver<PeerFrames> frames(StreamObserver<HelloReply> responses) {
        return new FrameStream(responses);
    }

    @Override
    public StreamObserver<PeerFrames> urgent(StreamObserver<HelloReply> responses) {
        return new FrameStream(responses);
    }

    @Override
    public StreamObserver<SnapshotPart> snapshot(StreamObserver<SnapshotReceipt> responses) {
        Inbound ready = inbound;
        if (ready == null) {
            responses.onError(notReady());
            return new Ignored<>();
        }
        return ready.snapshots().receive(ready.guard(), responses);
    }

    @Override
    public void probe(ProbeRequest request, StreamObserver<ProbeReply> responses) {
        responses.onNext(probes.apply(request));
        responses.onCompleted();
    }

    /// A refused peer tries again; the same refusal is worth one line.
    private void logOnce(int sender, String refusal) {
        if (!refusal.equals(lastRefusal)) {
            lastRefusal = refusal;
            log.warn("refused member {}: {}", sender, refusal);
        }
    }

    private static RuntimeException notReady() {
        return Status.UNAVAILABLE
                .withDescription("this member has no identity yet")
                .asRuntimeException();
    }

    /// What is left of a refused stream.
    private static final class Ignored<T> implements StreamObserver<T> {
        @Override
        public void onNext(T value) {}

        @Override
        public void onError(Throwable failure) {}

        @Override
        public void onCompleted() {}
    }

    /// The start that said hello on a stream, with what this member knows of its peers at the time of asking.
    private record Greeted(NodeId id, MemberUuid uuid, long nonce, Inbound ready) implements PeerListener.Sender {
        static Greeted by(Hello hello, Inbound ready) {
            return new Greeted(
                    new NodeId(hello.getSenderId()),
                    PeerMessageCodec.memberUuid(hello.getSenderUuid()),
                    hello.getBootNonce(),
                    ready);
        }

        @Override
        public boolean isHeard(PeerMessage message) {
            return ready.boots().isNewest(uuid, nonce) && isTrustedWith(message);
        }

        boolean isTrustedWith(PeerMessage message) {
            return switch (ready.guard().trustIn(id, uuid)) {
                case FULL -> true;
                case LEADER_MESSAGES_ONLY -> isLeaderMessage(message);
            };
        }

        private static boolean isLeaderMessage(PeerMessage message) {
            return message instanceof PeerMessage.Consensus consensus
                    && (consensus.message() instanceof Message.AppendEntries
                            || consensus.message() instanceof Message.Heartbeat
                            || consensus.message() instanceof Message.InstallSnapshot);
        }
    }

    private final class FrameStream implements StreamObserver<PeerFrames> {
        private final StreamObserver<HelloReply> responses;
        private @Nullable Greeted sender;
        private boolean ended;

        FrameStream(StreamObserver<HelloReply> responses) {
            this.responses = responses;
        }

        @Override
        public void onNext(PeerFrames frames) {
            Inbound ready = inbound;
            if (ended) {
                return;
            }
            if (ready == null) {
                end(notReady());
            } else if (frames.getFormatVersion() != 1
                    || frames.getMustUnderstand() != 0
                    || frames.getKeyId() != 0
                    || frames.getCodec() != 0
                    || frames.getGroupId() != 0) {
                end(Status.UNIMPLEMENTED
                        .withDescription("peer frames of an unknown format")
                        .asRuntimeException());
            } else if (sender == null) {
                onHello(ready, frames.getHello());
            } else {
                onFrames(ready, sender, frames);
            }
        }

        private void onHello(Inbound ready, Hello first) {
            HelloGuard.Admission admission = ready.guard().admit(first);
            responses.onNext(admission.reply());
            if (!admission.accepted()) {
                ready.counters().identityMismatches.increment();
                logOnce(first.getSenderId(), admission.reply().getMessage());
                ended = true;
                responses.onCompleted();
                return;
            }
            sender = Greeted.by(first, ready);
            ready.helloWatcher().onHello(first, admission.boot() == PeerBoots.Verdict.NEWER);
        }

        private void onFrames(Inbound ready, Greeted from, PeerFrames frames) {
            if (!ready.boots().isCurrent(from.uuid(), from.nonce())) {
                ready.counters().stale.add(frames.getFramesCount());
                return;
            }
            for (PeerFrame frame : frames.getFramesList()) {
                PeerMessage message;
                try {
                    message = PeerMessageCodec.decode(frame);
                } catch (IllegalArgumentException e) {
                    log.error("member {} sent what this version does not understand: {}", from.id(), e.getMessage());
                    end(Status.INVALID_ARGUMENT.withDescription(e.getMessage()).asRuntimeException());
                    return;
                }
                if (!from.isTrustedWith(message)) {
                    ready.counters().stale.increment();
                } else if (!ready.listener().onMessage(from, message)) {
                    ready.counters().mailboxFull.increment();
                }
            }
        }

        private void end(RuntimeException failure) {
            ended = true;
            responses.onError(failure);
        }

        @Override
        public void onError(Throwable failure) {
            ended = true;
        }

        @Override
        public void onCompleted() {
            if (!ended) {
                ended = true;
                responses.onCompleted();
            }
        }
    }
}
