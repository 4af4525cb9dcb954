package io.gavel.client.internal.core;

import io.gavel.client.internal.port.ClientClock;
import io.gavel.client.internal.port.Transport;
import io.gavel.protocol.v1.ClientFrame;
import io.gavel.protocol.v1.ClientFrames;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.Hello;
import io.gavel.protocol.v1.HelloReply;
import io.gavel.protocol.v1.ServerFrame;
import io.gavel.protocol.v1.ServerFrames;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One stream to one member at a time: connects, says hello, moves to another member when this one fails.
 *
 * <pre>
 * IDLE    -> OPENING  wanted, and an endpoint is usable
 * OPENING -> READY    hello answered; or OPENING again, once, when the answer names a leader elsewhere
 * OPENING -> IDLE     stream closed, hello refused or not answered in time
 * READY   -> IDLE     stream closed, or its owner found it useless
 * any     -> IDLE     not wanted any more
 * </pre>
 */
final class Connection {
    /** What a connection serves. */
    interface Owner {
        Hello hello();

        void onReady(long now);

        void onFrame(ServerFrame frame, long now);

        /** The stream is gone; whatever was out on it was perhaps received. */
        void onDown(long now);

        /** The hello was refused for a reason that is the same on every member. */
        void onRefused(Error error, long now);
    }

    private static final long HELLO_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final int MAX_BATCH_BYTES = 512 * 1024;
    private static final int MAX_BATCH_FRAMES = 1024;
    private static final int MAX_REFUSALS = 3;

    private final Transport transport;
    private final EndpointBook book;
    private final ClientClock clock;
    private final Owner owner;

    private @Nullable Stream stream;
    private String endpoint = "";
    private boolean ready;
    private boolean wanted;
    private boolean redirected;
    private long retryAt;
    private long helloDeadline;
    private long lastReceived;
    private int refusals;
    private ClientFrames.Builder batch = ClientFrames.newBuilder();
    private int batchBytes;

    Connection(Transport transport, EndpointBook book, ClientClock clock, Owner owner) {
        this.transport = transport;
        this.book = book;
        this.clock = clock;
        this.owner = owner;
    }

    /** A stream that was replaced keeps its own listener, whose news no longer count. */
    private final class Stream implements Transport.LinkListener {
        private final Transport.Link link;

        Stream(String endpoint) {
            this.link = transport.open(endpoint, this);
        }

        @Override
        public void onFrames(ServerFrames frames) {
            long now = clock.monotonicNanos();
            if (stream == this) {
                lastReceived = now;
            }
            for (int i = 0; i < frames.getFramesCount() && stream == this; i++) {
                onServerFrame(frames.getFrames(i), now);
            }
        }

        @Override
        public void onClosed(String reason) {
            if (stream == this) {
                fail(reason, clock.monotonicNanos());
            }
        }
    }

    boolean isReady() {
        return ready;
    }

    String endpoint() {
        return endpoint;
    }

    /** When the present stream last delivered anything. */
    long lastReceivedNanos() {
        return lastReceived;
    }

    /** Whether to be connected at all. */
    void want(boolean want) {
        wanted = want;
        if (!want && stream != null) {
            drop();
        }
    }

    boolean isWanted() {
        return wanted;
    }

    void doWork(long now) {
        if (!wanted) {
            return;
        }
        if (stream == null && now >= retryAt) {
            String next = book.choose(now);
            if (next == null) {
                retryAt = book.nextUsableNanos();
            } else {
                open(next, now);
            }
        } else if (stream != null && !ready && now >= helloDeadline) {
            fail("no answer to hello", now);
        }
    }

    long nextDeadlineNanos() {
        if (!wanted) {
            return Long.MAX_VALUE;
        }
        if (stream == null) {
            return retryAt;
        }
        return ready ? Long.MAX_VALUE : helloDeadline;
    }

    /** Adds a frame to this turn's batch. */
    void send(ClientFrame frame, int bytes) {
        batch.addFrames(frame);
        batchBytes += bytes;
        if (batchBytes >= MAX_BATCH_BYTES || batch.getFramesCount() >= MAX_BATCH_FRAMES) {
            flush();
        }
    }

    /** Hands the batch to the stream. */
    void flush() {
        Stream current = stream;
        if (batch.getFramesCount() > 0) {
            ClientFrames frames = batch.build();
            batch = ClientFrames.newBuilder();
            batchBytes = 0;
            if (current != null) {
                current.link.send(frames);
            }
        }
    }

    /** The member answered a request: moves on from one that only refuses, or only says that the time is up. */
    void onAnswer(@Nullable Error error, long now) {
        if (error == null || (error.getCode() != ErrorCode.UNAVAILABLE && error.getCode() != ErrorCode.DEADLINE)) {
            refusals = 0;
            return;
        }
        if (!error.getLeaderEndpoint().isEmpty()) {
            book.onLeader(error.getLeaderEndpoint());
        }
        onNotServed("refuses: " + error.getMessage(), now);
    }

    /** A request was not served. A member that lags takes requests, and learns too late what became of them. */
    void onNotServed(String reason, long now) {
        refusals++;
        if (refusals >= MAX_REFUSALS && stream != null) {
            fail(reason, now);
        }
    }

    /** The stream is useless: moves to another member. */
    void fail(String reason, long now) {
        book.onFailure(endpoint, reason, now);
        boolean wasReady = ready;
        drop();
        retryAt = now;
        if (wasReady) {
            owner.onDown(now);
        }
    }

    private void open(String next, long now) {
        endpoint = next;
        ready = false;
        refusals = 0;
        lastReceived = now;
        helloDeadline = now + HELLO_TIMEOUT_NANOS;
        Stream opened = new Stream(next);
        stream = opened;
        Hello hello = owner.hello().toBuilder()
                .setMinProtocol(1)
                .setMaxProtocol(1)
                .setClusterId(book.clusterId())
                .build();
        opened.link.send(ClientFrames.newBuilder()
                .addFrames(ClientFrame.newBuilder().setHello(hello))
                .build());
    }

    private void drop() {
        Stream old = stream;
        stream = null;
        ready = false;
        batch = ClientFrames.newBuilder();
        batchBytes = 0;
        if (old != null) {
            old.link.close();
        }
    }

    private void onServerFrame(ServerFrame frame, long now) {
        switch (frame.getKindCase()) {
            case HELLO -> onHello(frame.getHello(), now);
            case LEADER -> book.onLeader(frame.getLeader().getEndpoint());
            case COMMAND, READ, RENEWED, EVENT -> {
                if (ready) {
                    owner.onFrame(frame, now);
                }
            }
            // Of a newer version; what must be understood comes only to those who asked for it.
            case KIND_NOT_SET -> {}
        }
    }

    private void onHello(HelloReply reply, long now) {
        if (reply.hasError()) {
            Error error = reply.getError();
            if (error.getCode() == ErrorCode.SESSION_EXPIRED || error.getCode() == ErrorCode.INVALID_ARGUMENT) {
                drop();
                wanted = false;
                owner.onRefused(error, now);
            } else {
                book.onLeader(error.getLeaderEndpoint());
                fail("refuses the stream: " + error.getMessage(), now);
            }
            return;
        }
        if (!book.isSameCluster(reply.getHeader().getClusterId())) {
            fail("belongs to another cluster", now);
            return;
        }
        book.onSuccess(endpoint);
        book.onLeader(reply.getHeader().getLeaderEndpoint());
        String leader = book.betterThan(endpoint, now);
        if (leader != null && !redirected) {
            redirected = true;
            drop();
            open(leader, now);
            return;
        }
        redirected = false;
        ready = true;
        owner.onReady(now);
    }
}
