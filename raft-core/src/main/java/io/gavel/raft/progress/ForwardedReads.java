package io.gavel.raft.progress;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The reads that a follower has asked its leader to confirm, one request a turn.
///
/// Tokens start at a random number in each life of the process, so that no answer to an earlier life confirms a
/// read of this one.
public final class ForwardedReads {
    private record Batch(long deadlineNanos, List<Long> readIds) {}

    private final int maxReads;
    private final TreeMap<Long, Batch> asked = new TreeMap<>();
    private List<Long> waiting = new ArrayList<>();
    private long lastToken;
    private int size;

    public ForwardedReads(int maxReads, long firstToken) {
        this.maxReads = maxReads;
        this.lastToken = firstToken;
    }

    /// Takes the read unless too many wait already.
    public boolean offer(long readId) {
        if (size >= maxReads) {
            return false;
        }
        waiting.add(readId);
        size++;
        return true;
    }

    public boolean hasWaiting() {
        return !waiting.isEmpty();
    }

    /// The token under which all waiting reads are asked for now.
    public long ask(long deadlineNanos) {
        asked.put(++lastToken, new Batch(deadlineNanos, waiting));
        waiting = new ArrayList<>();
        return lastToken;
    }

    /// The reads that this token stands for; none when it was answered before or is too old.
    public List<Long> answered(long token) {
        Batch batch = asked.remove(token);
        if (batch == null) {
            return List.of();
        }
        size -= batch.readIds().size();
        return batch.readIds();
    }

    /// Takes out the reads whose deadline has passed.
    public List<Long> removeExpired(long nowNanos) {
        List<Long> expired = new ArrayList<>();
        Iterator<Map.Entry<Long, Batch>> oldestFirst = asked.entrySet().iterator();
        while (oldestFirst.hasNext()) {
            Batch batch = oldestFirst.next().getValue();
            if (batch.deadlineNanos() > nowNanos) {
                break;
            }
            expired.addAll(batch.readIds());
            size -= batch.readIds().size();
            oldestFirst.remove();
        }
        return expired;
    }

    /// Takes out every read.
    public List<Long> removeAll() {
        List<Long> all = new ArrayList<>();
        for (Batch batch : asked.values()) {
            all.addAll(batch.readIds());
        }
        all.addAll(waiting);
        asked.clear();
        waiting = new ArrayList<>();
        size = 0;
        return all;
    }
}
