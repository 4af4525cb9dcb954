package io.gavel.client.internal.core;

import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.Outcome;
import io.gavel.client.internal.port.ClientPorts;
import io.gavel.client.internal.port.Transport;
import io.gavel.client.internal.wire.Errors;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.WatchEvent;
import io.gavel.protocol.v1.WatchRequest;
import io.gavel.protocol.v1.WatchResponse;
import io.gavel.protocol.v1.WatchSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One subscription, across any number of streams.
 *
 * <p>How it works, and why. The resume token is (incarnation, next revision), moved only when whole revisions were
 * handed to the sink, never when a stream merely opened: a stream that breaks before its old events arrived must be
 * asked for them again. What arrives twice after a resume is dropped by revision. Chunks of a snapshot are kept until
 * the last one, so that half a snapshot is never seen; a stream that breaks in between starts the snapshot anew. The
 * next response is requested only when the sink has room, so a slow consumer holds the stream back and the cluster
 * decides when to fall back to a snapshot.
 */
public final class WatchAgent<E> {
    private final WatchRequest template;
    private final WatchDecoder<E> decoder;
    private final WatchSink<E> sink;
    private @Nullable ClientPorts ports;
    private @Nullable EndpointBook book;
    private @Nullable Pulse pulse;
    private @Nullable Backoff backoff;
    private @Nullable Stream stream;
    private final List<WatchSnapshot> chunks = new ArrayList<>();
    private long nextRevision;
    private long incarnation;
    private int failures;
    private long retryAt;
    private boolean room = true;
    /** Revisions that were wanted are gone, and the sink was not told yet. */
    private boolean gap;

    private boolean over;

    /** A subscription as described by {@code request}. */
    public WatchAgent(WatchRequest request, WatchDecoder<E> decoder, WatchSink<E> sink) {
        this.template = request;
        this.decoder = decoder;
        this.sink = sink;
        this.nextRevision = request.getFromRevision();
        this.incarnation = request.getIncarnation();
    }

    /** A stream that was replaced keeps its own listener, whose news no longer count. */
    private final class Stream implements Transport.WatchListener {
        private final String endpoint;
        private final Transport.WatchLink link;
        private final boolean resumed = nextRevision > 0;
        private boolean requested;

        Stream(String endpoint, ClientPorts ports) {
            this.endpoint = endpoint;
            this.link = ports.transport().watch(endpoint, resumeRequest(), this);
        }

        private void requestNext() {
            if (!requested) {
                requested = true;
                link.request(1);
            }
        }

        @Override
        public void onResponse(WatchResponse response) {
            if (stream == this) {
                requested = false;
                Objects.requireNonNull(pulse).heard(endpoint, now());
                WatchAgent.this.onResponse(response);
                if (stream == this && room) {
                    requestNext();
                }
            }
        }

        @Override
        public void onClosed(String reason) {
            if (stream == this) {
                onBroken(reason);
            }
        }
    }

    void start(ClientPorts clientPorts, EndpointBook endpoints, Pulse signs) {
        ports = clientPorts;
        book = endpoints;
        pulse = signs;
        backoff = new Backoff(clientPorts.options().retry(), clientPorts.random());
    }

    /** Whether the sink takes further events; the sink's side tells it when that changes. */
    public void room(boolean available) {
        room = available;
        if (available && stream != null) {
            stream.requestNext();
        }
    }

    /** Ends the subscription without telling the sink. */
    public void close() {
        over = true;
        dropStream();
    }

    /** Whether it has ended. */
    public boolean isOver() {
        return over;
    }

    void fail(ErrorDetail error) {
        if (!over) {
            close();
            sink.onEnd(error);
        }
    }

    void doWork(long now) {
        Stream current = stream;
        if (current != null) {
            check(current, now);
        }
        if (over || stream != null || now < retryAt) {
            return;
        }
        EndpointBook endpoints = Objects.requireNonNull(book);
        String endpoint = endpoints.rotate(now);
        if (endpoint == null) {
            retryAt = endpoints.nextUsableNanos();
            return;
        }
        Stream opened = new Stream(endpoint, Objects.requireNonNull(ports));
        stream = opened;
        Objects.requireNonNull(pulse).opened(endpoint, now);
        if (room) {
            opened.requestNext();
        }
    }

    private void check(Stream current, long now) {
        Pulse signs = Objects.requireNonNull(pulse);
        if (signs.isSilent(current.endpoint, now)) {
            onBroken("does not answer");
        } else if (signs.isLeaderless(current.endpoint)) {
            reopen();
        }
    }

    private long now() {
        return Objects.requireNonNull(ports).clock().monotonicNanos();
    }

    long nextDeadlineNanos() {
        return over || stream != null ? Long.MAX_VALUE : retryAt;
    }

    private WatchRequest resumeRequest() {
        return template.toBuilder()
                .setFromRevision(nextRevision)
                .setIncarnation(incarnation)
                .build();
    }

    private void onBroken(String reason) {
        Stream broken = Objects.requireNonNull(stream);
        Objects.requireNonNull(book).onFailure(broken.endpoint, "watch: " + reason, now());
        reopen();
    }

    private void reopen() {
        dropStream();
        failures++;
        long now = now();
        retryAt = failures == 1 ? now : now + Objects.requireNonNull(backoff).nanos(failures - 1);
    }

    private void dropStream() {
        Stream old = stream;
        stream = null;
        chunks.clear();
        if (old != null) {
            Objects.requireNonNull(pulse).closed(old.endpoint);
            old.link.close();
        }
    }

    private void onResponse(WatchResponse response) {
        if (response.getIncarnation() != 0) {
            if (incarnation != 0 && incarnation != response.getIncarnation()) {
                if (!response.hasSnapshot()) {
                    onBroken("another incarnation without a snapshot");
                    return;
                }
                // If the snapshot breaks off, there is no revision of this history to go on from.
                gap |= nextRevision > 0;
                nextRevision = 0;
            }
            incarnation = response.getIncarnation();
        }
        switch (response.getKindCase()) {
            case EVENTS -> {
                failures = 0;
                onEvents(response.getEvents().getEventsList());
            }
            case SNAPSHOT -> {
                failures = 0;
                onSnapshot(response.getSnapshot());
            }
            case PROGRESS -> {
                failures = 0;
                onProgress(response.getProgress());
            }
            case ERROR -> onError(response.getError());
            // Of a newer version; what must be understood comes only to those who asked for it.
            case KIND_NOT_SET -> {}
        }
    }

    private void onEvents(List<WatchEvent> events) {
        long highest = nextRevision - 1;
        for (int i = 0; i < events.size() && !over; i++) {
            WatchEvent event = events.get(i);
            if (event.getRevision() >= nextRevision) {
                highest = Math.max(highest, event.getRevision());
                deliver(decoder.event(event));
            }
        }
        nextRevision = highest + 1;
    }

    private void onSnapshot(WatchSnapshot chunk) {
        if (!chunks.isEmpty() && chunks.get(0).getRevision() != chunk.getRevision()) {
            chunks.clear();
        }
        chunks.add(chunk);
        if (chunk.getLast()) {
            boolean resumed = stream != null && stream.resumed;
            boolean afterGap = gap || resumed || chunks.stream().anyMatch(WatchSnapshot::getAfterGap);
            List<WatchSnapshot> all = new ArrayList<>(chunks);
            chunks.clear();
            gap = false;
            nextRevision = chunk.getRevision() + 1;
            deliver(decoder.snapshot(chunk.getRevision(), afterGap, all));
        }
    }

    private void onProgress(long revision) {
        if (revision >= nextRevision) {
            nextRevision = revision + 1;
            deliver(decoder.progress(revision));
        }
    }

    private void onError(Error error) {
        if (Errors.isTransient(error)) {
            Objects.requireNonNull(book).onLeader(error.getLeaderEndpoint());
            reopen();
        } else if (error.getCode() == ErrorCode.COMPACTED) {
            gap = true;
            nextRevision = 0;
            reopen();
        } else {
            fail(Errors.detail(error, Outcome.NOT_APPLIED));
        }
    }

    private void deliver(@Nullable E event) {
        if (event != null && !over) {
            sink.onEvent(event);
        }
    }
}
