package io.gavel.server.transport;

import io.gavel.server.peer.v1.HelloReply;
import io.gavel.server.peer.v1.PeerFrames;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/// The outgoing stream of one lane to one peer: a bounded queue, a connection, and its reconnects.
///
/// `send` and `flush`: any thread, never block. The connection's state is confined to the event loop. Whoever finds
/// the queue unattended drains it, and others leave their messages to that thread, so that a message needs no hop.
final class LaneStream {
    private static final int QUEUE_ITEMS = 8_192;
    private static final int MAX_BATCH_BYTES = 1 << 20;
    private static final int FORMAT_VERSION = 1;
    private static final long HELLO_LIMIT_MILLIS = 5_000;
    private static final long MIN_BACKOFF_MILLIS = 20;
    private static final long MAX_BACKOFF_MILLIS = 1_000;

    /// How the stream reaches its peer, and who wants to know what becomes of it. Calls come on the event loop.
    interface Link {
        ManagedChannel open();

        ClientCallStreamObserver<PeerFrames> start(
                ManagedChannel channel, ClientResponseObserver<PeerFrames, HelloReply> responses);

        PeerFrames hello();

        /// False = the peer's process must not be talked to.
        boolean onAccepted(HelloReply reply);

        void onRefused(HelloReply reply);

        void onClosed();

        void onProcessGone();
    }

    private final Link link;
    private final PeerNetwork.Loop loop;
    private final RandomGenerator random;
    private final TransportCounters counters;
    private final long maxQueuedBytes;
    private final MpscAtomicArrayQueue<PeerMessage> queue = new MpscAtomicArrayQueue<>(QUEUE_ITEMS);
    private final AtomicLong queuedBytes = new AtomicLong();
    private final AtomicInteger drainRequests = new AtomicInteger();
    private volatile @Nullable ClientCallStreamObserver<PeerFrames> accepted;

    // Confined to the event loop.
    private @Nullable Attempt current;
    private boolean firstReconnect;
    private int failures;
    private boolean closed;

    LaneStream(
            Link link, PeerNetwork.Loop loop, RandomGenerator random, TransportCounters counters, long maxQueuedBytes) {
        this.link = link;
        this.loop = loop;
        this.random = random;
        this.counters = counters;
        this.maxQueuedBytes = maxQueuedBytes;
    }

    boolean isConnected() {
        return accepted != null;
    }

    /// Whether a message waits for the next flush.
    boolean isAboutToSend() {
        return !queue.isEmpty();
    }

    boolean send(PeerMessage message) {
        if (accepted == null) {
            counters.notConnected.increment();
            return false;
        }
        long weight = message.weight();
        if (queuedBytes.addAndGet(weight) > maxQueuedBytes || !queue.offer(message)) {
            queuedBytes.addAndGet(-weight);
            counters.queueFull.increment();
            return false;
        }
        return true;
    }

    void flush() {
        if (isAboutToSend()) {
            drain();
        }
    }

    /// Connects unless it is connected or about to be.
    void connectNow() {
        loop.execute(this::connect);
    }

    void close() {
        loop.execute(() -> {
            closed = true;
            Attempt attempt = current;
            if (attempt != null) {
                attempt.abandon();
            }
        });
    }

    private void drain() {
        if (drainRequests.getAndIncrement() != 0) {
            return;
        }
        int served = 1;
        do {
            ClientCallStreamObserver<PeerFrames> stream = accepted;
            if (stream == null) {
                discardQueue();
            } else {
                sendWhileReady(stream);
            }
            served = drainRequests.addAndGet(-served);
        } while (served != 0);
    }

    private void sendWhileReady(ClientCallStreamObserver<PeerFrames> stream) {
        while (stream.isReady()) {
            PeerFrames.Builder batch = PeerFrames.newBuilder().setFormatVersion(FORMAT_VERSION);
            long weight = 0;
            while (weight < MAX_BATCH_BYTES) {
                PeerMessage message = queue.poll();
                if (message == null) {
                    break;
                }
                weight += message.weight();
                batch.addFrames(PeerMessageCodec.encode(message));
            }
            if (weight == 0) {
                return;
            }
            queuedBytes.addAndGet(-weight);
            try {
                stream.onNext(batch.build());
            } catch (IllegalStateException alreadyClosed) {
                counters.notConnected.add(batch.getFramesCount());
                return;
            }
        }
    }

    private void discardQueue() {
        PeerMessage message = queue.poll();
        while (message != null) {
            queuedBytes.addAndGet(-message.weight());
            counters.notConnected.increment();
            message = queue.poll();
        }
    }

    private void connect() {
        if (!closed && current == null) {
            Attempt attempt = new Attempt(link.open());
            current = attempt;
            attempt.start();
        }
    }

    private void onEnded(Attempt attempt, @Nullable Throwable cause) {
        if (attempt.ended) {
            return;
        }
        attempt.ended = true;
        attempt.channel.shutdownNow();
        boolean wasConnected = accepted != null;
        accepted = null;
        current = null;
        drain();
        if (closed) {
            return;
        }
        if (wasConnected) {
            counters.disconnects.increment();
            failures = 0;
            firstReconnect = true;
            link.onClosed();
            connect();
            return;
        }
        if (firstReconnect && isRefusedOrReset(cause)) {
            link.onProcessGone();
        }
        firstReconnect = false;
        failures++;
        long ceiling = Math.min(MAX_BACKOFF_MILLIS, MIN_BACKOFF_MILLIS << Math.min(failures, 10));
        long delay = ceiling / 2 + random.nextLong(ceiling / 2 + 1);
        loop.schedule(this::connect, delay);
    }

    /// A connection that was refused or reset at once, as opposed to one that got no answer in time.
    private static boolean isRefusedOrReset(@Nullable Throwable failure) {
        if (failure == null || Status.fromThrowable(failure).getCode() != Status.Code.UNAVAILABLE) {
            return false;
        }
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof io.netty.channel.ConnectTimeoutException
                    || cause instanceof NoRouteToHostException
                    || cause instanceof java.net.UnknownHostException) {
                return false;
            }
            if (cause instanceof ConnectException || cause instanceof SocketException) {
                return true;
            }
        }
        return true;
    }

    /// One connection, from opening it to its end. Confined to the event loop.
    private final class Attempt implements ClientResponseObserver<PeerFrames, HelloReply> {
        private final ManagedChannel channel;
        private @Nullable ClientCallStreamObserver<PeerFrames> call;
        private boolean ended;

        Attempt(ManagedChannel channel) {
            this.channel = channel;
        }

        void start() {
            ClientCallStreamObserver<PeerFrames> started = link.start(channel, this);
            call = started;
            started.onNext(link.hello());
            loop.schedule(this::onHelloLimit, HELLO_LIMIT_MILLIS);
        }

        void abandon() {
            if (call != null) {
                accepted = null;
                call.cancel("closed", null);
            }
            onEnded(this, null);
        }

        private void onHelloLimit() {
            if (!ended && accepted == null) {
                abandon();
            }
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<PeerFrames> requests) {
            requests.setOnReadyHandler(LaneStream.this::drain);
        }

        @Override
        public void onNext(HelloReply reply) {
            if (ended) {
                return;
            }
            if (reply.getRefusal() != HelloReply.Refusal.NONE) {
                counters.identityMismatches.increment();
                link.onRefused(reply);
                abandon();
                return;
            }
            if (!link.onAccepted(reply)) {
                abandon();
                return;
            }
            failures = 0;
            firstReconnect = false;
            accepted = call;
        }

        @Override
        public void onError(Throwable failure) {
            inLoop(() -> onEnded(this, failure));
        }

        @Override
        public void onCompleted() {
            inLoop(() -> onEnded(this, null));
        }

        private void inLoop(Runnable task) {
            if (loop.isCurrent()) {
                task.run();
            } else {
                loop.execute(task);
            }
        }
    }
}
