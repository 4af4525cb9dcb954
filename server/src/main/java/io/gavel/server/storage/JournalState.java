package io.gavel.server.storage;

import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.EntryKind;
import io.gavel.raft.HardState;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.ConfigurationCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Everything the journal knows apart from the entries themselves. A segment header carries all of it.
///
/// Confined to its owner. Lists in it are never changed in place, so [#copyOf] may share them.
final class JournalState {
    static final int MAX_NONCES = 128;
    /// So many former members are remembered, which may come back; with all that are listed a header has room for them.
    static final int MAX_FORMER_PEERS = 64;

    HardState hardState = HardState.INITIAL;
    /// Entries up to here are in a durable snapshot. `base.index() <= last.index()`.
    EntryId base = EntryId.ZERO;
    /// The configuration in force at `base`.
    Configuration baseConfiguration;
    /// The configuration entries after `base`, by index; the last one is in force.
    List<Entry> configurations = List.of();
    /// The last entry of the log, or `base`.
    EntryId last = EntryId.ZERO;
    /// No entry above this index was ever written. `highestIndex >= last.index()`. Never falls.
    long highestIndex;
    /// Below this index the log is under repair; 0 = it is not (rule 25).
    long repairUntil;
    long bootCount;
    /// The random numbers of the newest starts, this one's first; at most [#MAX_NONCES].
    List<Long> nonces = List.of();

    List<PeerBoot> peers = List.of();

    JournalState(Configuration baseConfiguration) {
        this.baseConfiguration = baseConfiguration;
    }

    static JournalState copyOf(JournalState other) {
        JournalState copy = new JournalState(other.baseConfiguration);
        copy.set(other);
        return copy;
    }

    void set(JournalState other) {
        hardState = other.hardState;
        base = other.base;
        baseConfiguration = other.baseConfiguration;
        configurations = other.configurations;
        last = other.last;
        highestIndex = other.highestIndex;
        repairUntil = other.repairUntil;
        bootCount = other.bootCount;
        nonces = other.nonces;
        peers = other.peers;
    }

    void onStart(long nonce) {
        bootCount++;
        nonces = Stream.concat(Stream.of(nonce), nonces.stream())
                .limit(MAX_NONCES)
                .toList();
    }

    void onEntry(Entry entry) {
        dropConfigurationsFrom(entry.index());
        if (entry.kind() == EntryKind.CONFIGURATION) {
            List<Entry> longer = new ArrayList<>(configurations);
            longer.add(entry);
            configurations = List.copyOf(longer);
        }
        last = entry.id();
        highestIndex = Math.max(highestIndex, entry.index());
    }

    void onTruncate(EntryId newLast) {
        dropConfigurationsFrom(newLast.index() + 1);
        last = newLast;
    }

    /// Moves the base up; `configuration` is the one in force there.
    void onCompact(EntryId newBase, Configuration configuration) {
        base = newBase;
        baseConfiguration = configuration;
        configurations = configurations.stream()
                .filter(entry -> entry.index() > newBase.index())
                .toList();
    }

    /// Empties the log; it now begins after `newBase`.
    void onReset(EntryId newBase, Configuration configuration) {
        base = newBase;
        baseConfiguration = configuration;
        configurations = List.of();
        last = newBase;
        highestIndex = Math.max(highestIndex, newBase.index());
    }

    void onPeer(PeerBoot peer) {
        List<PeerBoot> others = new ArrayList<>(peers);
        others.removeIf(known -> known.uuid().equals(peer.uuid()));
        others.add(peer);
        peers = List.copyOf(others);
    }

    /// Forgets those who are members no more, but for the ones heard of last.
    void forgetFormerPeers() {
        if (peers.size() <= MAX_FORMER_PEERS) {
            return;
        }
        Entry entry = configurationAt(Long.MAX_VALUE);
        Configuration newest = entry == null
                ? baseConfiguration
                : ConfigurationCodec.decode(entry.payload().bytes());
        List<PeerBoot> former = new ArrayList<>(peers);
        former.removeIf(peer -> lists(newest, peer) || lists(baseConfiguration, peer));
        int forgotten = former.size() - MAX_FORMER_PEERS;
        if (forgotten > 0) {
            List<PeerBoot> kept = new ArrayList<>(peers);
            kept.removeAll(former.subList(0, forgotten));
            peers = List.copyOf(kept);
        }
    }

    private static boolean lists(Configuration configuration, PeerBoot peer) {
        return configuration.members().stream().anyMatch(member -> member.uuid().equals(peer.uuid()));
    }

    /// The newest configuration entry at or before `index`, or null when the one at the base is in force there.
    @Nullable
    Entry configurationAt(long index) {
        Entry found = null;
        for (Entry entry : configurations) {
            if (entry.index() <= index) {
                found = entry;
            }
        }
        return found;
    }

    private void dropConfigurationsFrom(long index) {
        if (!configurations.isEmpty()
                && configurations.get(configurations.size() - 1).index() >= index) {
            configurations = configurations.stream()
                    .filter(entry -> entry.index() < index)
                    .toList();
        }
    }
}
