package io.gavel.raft.progress;

import io.gavel.raft.quorum.NodeId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// The linearizable reads that wait on a leader (thesis §6.4).
///
/// A read joins the round that opens after it arrived and is confirmed by echoes of that round or a later one,
/// never by an older one: the round is the only thing that ties an echo to a moment (etcd issue 20418).
public final class PendingReads {
    /// A read of this member (`from` is itself) or of a follower.
    public record Read(NodeId from, long readId) {}

    /// Reads whose round was confirmed, and what they must see.
    public record Confirmed(long readIndex, List<Read> reads) {}

    private record Round(long round, long readIndex, List<Read> reads) {}

    private final int maxReads;
    private final ArrayDeque<Round> open = new ArrayDeque<>();
    private List<Read> unassigned = new ArrayList<>();

    /// Rises by one with each round and is never used twice in a term. Invariant: at least every open round.
    private long lastRound;

    private int size;

    public PendingReads(int maxReads) {
        this.maxReads = maxReads;
    }

    /// Takes the read unless too many wait already.
    public boolean offer(Read read) {
        if (size >= maxReads) {
            return false;
        }
        unassigned.add(read);
        size++;
        return true;
    }

    public boolean hasUnassigned() {
        return !unassigned.isEmpty();
    }

    public long lastRound() {
        return lastRound;
    }

    /// Opens a fresh round without reads.
    public long openRound() {
        return ++lastRound;
    }

    /// Opens a fresh round for all reads that have none; they will see at least `readIndex`.
    public long openRound(long readIndex) {
        open.addLast(new Round(++lastRound, readIndex, unassigned));
        unassigned = new ArrayList<>();
        return lastRound;
    }

    /// Takes out every round up to `round`, which a quorum has echoed.
    public List<Confirmed> confirmThrough(long round) {
        if (open.isEmpty() || open.getFirst().round() > round) {
            return List.of();
        }
        List<Confirmed> confirmed = new ArrayList<>();
        while (!open.isEmpty() && open.getFirst().round() <= round) {
            Round next = open.removeFirst();
            size -= next.reads().size();
            confirmed.add(new Confirmed(next.readIndex(), next.reads()));
        }
        return confirmed;
    }

    /// Takes out every read.
    public List<Read> removeAll() {
        List<Read> all = new ArrayList<>();
        for (Round round : open) {
            all.addAll(round.reads());
        }
        all.addAll(unassigned);
        open.clear();
        unassigned = new ArrayList<>();
        size = 0;
        return all;
    }
}
