package io.gavel.server.transport;

import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.NodeId;
import java.util.List;

/// Sends to other members. No method blocks; any thread may call.
///
/// A message is sent at most once: it is dropped when there is no connection or when the connection breaks, and never
/// sent again by itself. Messages of one lane to one peer arrive in the order in which one thread sent them.
public interface PeerTransport extends AutoCloseable {
    /// Queues the message for the peer; false = not connected or the queue is full, and it will not be sent.
    /// It leaves with the next [#flush()].
    boolean send(NodeId to, PeerMessage message);

    /// Sends what is queued, as far as the connections take it; the rest leaves as they become ready.
    void flush();

    /// Keeps connections to exactly these members from now on (itself excepted).
    void members(List<Member> members);

    /// The member holds all committed entries up to `index` durably. A start of it that lacks them is refused
    /// until it repairs (rule 21). `durably` = also over a start of this member, which costs a write.
    void acknowledged(NodeId member, long index, boolean durably);

    /// Whether this member's own log lacks entries that it acknowledged; peers are told when they connect.
    void repairing(boolean isRepairing);

    /// Whether there is a live, accepted connection to the member.
    boolean isReachable(NodeId member);

    /// Closes all connections.
    @Override
    void close();
}
