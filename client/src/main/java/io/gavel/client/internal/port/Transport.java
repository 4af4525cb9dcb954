package io.gavel.client.internal.port;

import io.gavel.protocol.v1.ClientFrames;
import io.gavel.protocol.v1.ServerFrames;
import io.gavel.protocol.v1.WatchRequest;
import io.gavel.protocol.v1.WatchResponse;
import java.util.function.Consumer;

/**
 * Streams to members. Called by the owner of the logic only; listeners are called by the same owner, later, never from
 * within a call to the transport. After {@code onClosed}, or after the logic closed a stream, nothing more is told.
 */
public interface Transport {
    /** Opens a session stream; failure to connect is told as {@code onClosed}. */
    Link open(String endpoint, LinkListener listener);

    /** Opens a watch stream that delivers one response for each that is requested. */
    WatchLink watch(String endpoint, WatchRequest request, WatchListener listener);

    /** Asks a member for a sign of life; told whether it knows a leader, or never. */
    void probe(String endpoint, Consumer<Boolean> knowsLeader);

    /** One session stream. */
    interface Link {
        /** Hands over frames; they arrive in order or the stream closes. */
        void send(ClientFrames frames);

        /** Lets go of the stream. */
        void close();
    }

    /** What a session stream tells. */
    interface LinkListener {
        /** Frames from the member. */
        void onFrames(ServerFrames frames);

        /** The stream is gone. */
        void onClosed(String reason);
    }

    /** One watch stream. */
    interface WatchLink {
        /** Allows {@code count} further responses. */
        void request(int count);

        /** Lets go of the stream. */
        void close();
    }

    /** What a watch stream tells. */
    interface WatchListener {
        /** A response. */
        void onResponse(WatchResponse response);

        /** The stream is gone. */
        void onClosed(String reason);
    }
}
