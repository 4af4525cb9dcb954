package io.gavel.server.transport;

import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.NodeId;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// Which members this one is connected to: those of the newest configuration, and for a while those it leaves out.
///
/// A configuration acts from append, yet a leader that it leaves out needs the acknowledgements of all others to
/// commit it, and a member that was removed wants to hear that it was. So nobody is cut off before the newest
/// configuration is committed and a moment has passed. Confined to the consensus agent's thread.
public final class LinkedMembers {
    private static final long LINGER_NANOS = 2_000_000_000;

    private final PeerTransport transport;
    private Configuration newest;
    private Configuration committed;
    private List<Member> linked;
    private long lingerUntilNanos;

    /// Connects to the members that were recovered.
    public LinkedMembers(PeerTransport transport, Configuration recovered) {
        this.transport = transport;
        this.newest = recovered;
        this.committed = recovered;
        this.linked = recovered.members();
        transport.members(linked);
    }

    /// Notes that a configuration is committed, here or in a snapshot.
    public void onCommitted(Configuration configuration, long nowNanos) {
        committed = configuration;
        lingerUntilNanos = nowNanos + LINGER_NANOS;
    }

    /// Connects to whom the newest configuration brings in; leaves whom it left out, once that is safe.
    public void follow(Configuration configuration, long nowNanos) {
        if (!configuration.equals(newest)) {
            newest = configuration;
            lingerUntilNanos = nowNanos + LINGER_NANOS;
            link(withFormer(configuration.members()));
        } else if (!linked.equals(newest.members()) && newest.equals(committed) && nowNanos >= lingerUntilNanos) {
            link(newest.members());
        }
    }

    private List<Member> withFormer(List<Member> members) {
        SortedMap<NodeId, Member> all = new TreeMap<>();
        linked.forEach(member -> all.put(member.id(), member));
        members.forEach(member -> all.put(member.id(), member));
        return List.copyOf(all.values());
    }

    private void link(List<Member> members) {
        linked = members;
        transport.members(members);
    }
}
