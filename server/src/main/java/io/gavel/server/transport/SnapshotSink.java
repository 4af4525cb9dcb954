package io.gavel.server.transport;

import com.google.protobuf.ByteString;
import io.gavel.raft.EntryId;
import io.gavel.raft.quorum.NodeId;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Takes the snapshot files that leaders stream to this member. Called on the transport's thread; must not block.
public interface SnapshotSink {
    /// What the parts of one stream belong to.
    record Offer(NodeId from, long term, EntryId lastIncluded, ByteString manifest, long fileBytes) {}

    /// A leader begins to send; null = refused, there is a transfer of its term or of a newer one already.
    @Nullable
    Transfer begin(Offer offer);

    /// One file on its way. Parts come in order; the next one comes only after `more` was run, from any thread. It
    /// is never run again when a leader of a newer term began to send.
    interface Transfer {
        void onPart(long offset, ByteString content, Runnable more);

        /// All parts came. `receipt` takes null when the file is whole and verified, otherwise what is wrong with it.
        void onEnd(Consumer<@Nullable String> receipt);

        /// The stream broke; whatever arrived is of no use.
        void onAborted();
    }
}
