package io.gavel.server.transport;

import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.peer.v1.Hello;
import io.gavel.server.peer.v1.HelloReply;
import io.gavel.server.peer.v1.PeerFrames;
import io.gavel.server.peer.v1.PeerGrpc;
import io.grpc.ManagedChannel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Everything this member sends to one peer: a stream for ordinary frames and one for urgent ones, each on its own
/// connection.
final class PeerLink {
    private static final Logger log = LoggerFactory.getLogger(PeerLink.class);
    private static final int READY_THRESHOLD_BYTES = 2 << 20;
    private static final long ORDINARY_QUEUE_BYTES = 32L << 20;
    private static final long URGENT_QUEUE_BYTES = 1L << 20;

    private final Member peer;
    private final Function<Member, Hello> hello;
    private final PeerNetwork network;
    private final PeerBoots boots;
    private final PeerListener listener;
    private final LaneStream ordinary;
    private final LaneStream urgent;

    PeerLink(
            Member peer,
            Function<Member, Hello> hello,
            PeerNetwork network,
            PeerBoots boots,
            PeerListener listener,
            TransportCounters counters) {
        this.peer = peer;
        this.hello = hello;
        this.network = network;
        this.boots = boots;
        this.listener = listener;
        PeerNetwork.Loop loop = network.loop();
        RandomGenerator random = network.random();
        this.ordinary =
                new LaneStream(new Lane(PeerMessage.Lane.ORDINARY), loop, random, counters, ORDINARY_QUEUE_BYTES);
        this.urgent = new LaneStream(new Lane(PeerMessage.Lane.URGENT), loop, random, counters, URGENT_QUEUE_BYTES);
    }

    Member peer() {
        return peer;
    }

    boolean isReachable() {
        return ordinary.isConnected() && urgent.isConnected();
    }

    boolean send(PeerMessage message) {
        boolean goesFirst =
                message.lane() == PeerMessage.Lane.URGENT || (message.mayRideAlong() && urgent.isAboutToSend());
        return goesFirst ? urgent.send(message) : ordinary.send(message);
    }

    void flush() {
        urgent.flush();
        ordinary.flush();
    }

    void connectNow() {
        urgent.connectNow();
        ordinary.connectNow();
    }

    void close() {
        urgent.close();
        ordinary.close();
    }

    /// One of the two streams. The urgent one speaks for the peer's process: its connection carries nothing that
    /// could delay the news.
    private final class Lane implements LaneStream.Link {
        private final PeerMessage.Lane lane;
        /// What was last logged of a refusal, by either side: it is met again at each attempt.
        private String loggedRefusal = "";

        Lane(PeerMessage.Lane lane) {
            this.lane = lane;
        }

        @Override
        public ManagedChannel open() {
            return network.open(peer.peerAddress());
        }

        @Override
        public ClientCallStreamObserver<PeerFrames> start(
                ManagedChannel channel, ClientResponseObserver<PeerFrames, HelloReply> responses) {
            PeerGrpc.PeerStub stub = PeerGrpc.newStub(channel).withOnReadyThreshold(READY_THRESHOLD_BYTES);
            return (ClientCallStreamObserver<PeerFrames>)
                    switch (lane) {
                        case ORDINARY -> stub.frames(responses);
                        case URGENT -> stub.urgent(responses);
                    };
        }

        @Override
        public PeerFrames hello() {
            return PeerFrames.newBuilder()
                    .setFormatVersion(1)
                    .setHello(hello.apply(peer))
                    .build();
        }

        @Override
        public boolean onAccepted(HelloReply reply) {
            NodeId id = peer.id();
            PeerBoots.Claim claim = new PeerBoots.Claim(
                    PeerIdentity.Start.of(
                            reply.getBootCount(),
                            reply.getBootNonce(),
                            reply.getEarlierBootNoncesList(),
                            reply.getPersistedIndex()),
                    reply.getRepairing());
            return switch (boots.onHello(peer.uuid(), claim)) {
                case FIRST, SAME -> {
                    loggedRefusal = "";
                    log.debug("member {} accepted the {} stream", id, lane);
                    yield true;
                }
                case NEWER -> {
                    loggedRefusal = "";
                    listener.onRestarted(id);
                    yield true;
                }
                case ROLLED_BACK -> {
                    logRefusal("member " + id + " runs on an older copy of its disk; not talking to it");
                    yield false;
                }
                case LOST_ENTRIES -> {
                    logRefusal(
                            "member " + id + " lost entries that it acknowledged; not talking to it until it repairs");
                    yield false;
                }
            };
        }

        @Override
        public void onRefused(HelloReply reply) {
            if (reply.getAcknowledgedIndex() > 0) {
                listener.onLossFound(reply.getAcknowledgedIndex());
            }
            logRefusal("member " + peer.id() + " at " + peer.peerAddress() + " refused this member: "
                    + reply.getRefusal() + " " + reply.getMessage());
        }

        private void logRefusal(String text) {
            if (!text.equals(loggedRefusal)) {
                loggedRefusal = text;
                log.warn(text);
            }
        }

        @Override
        public void onClosed() {
            if (lane == PeerMessage.Lane.ORDINARY) {
                listener.onUnreachable(peer.id());
            }
        }

        @Override
        public void onProcessGone() {
            if (lane == PeerMessage.Lane.URGENT) {
                log.info(
                        "member {} at {} is gone: its connection closed and a new one was refused",
                        peer.id(),
                        peer.peerAddress());
                listener.onDisconnected(peer.id());
            }
        }
    }
}
