package io.gavel.server.transport;

import io.gavel.raft.quorum.NodeId;

/// What arrives from other members. Called on the transport's own thread; must not block.
public interface PeerListener {
    /// The start of a member that said hello on a stream.
    interface Sender {
        NodeId id();

        /// Whether what it sent still counts: it may have started again since, or another life of its number may be
        /// listed now (rule 19). Any thread.
        boolean isHeard(PeerMessage message);
    }

    /// A message of a member whose identity was checked (rule 19). Whoever lets it wait must ask again whether its
    /// sender is heard before the message counts. False = no room; it is dropped and counted.
    boolean onMessage(Sender from, PeerMessage message);

    /// The connection to the peer broke; what was sent last may be lost.
    void onUnreachable(NodeId peer);

    /// The connection closed and one reconnect was refused or reset: the peer's process is probably gone (rule 15).
    void onDisconnected(NodeId peer);

    /// A peer knows that this member acknowledged entries up to `acknowledgedIndex`, but its log ended before
    /// them when it started (rule 21). Comes again until peers are told of the repair.
    void onLossFound(long acknowledgedIndex);

    /// The peer started again since we last heard of it (rule 19).
    void onRestarted(NodeId peer);
}
