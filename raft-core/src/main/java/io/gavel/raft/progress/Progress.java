package io.gavel.raft.progress;

import io.gavel.raft.check.Invariants;

/// What a leader knows of one peer.
///
/// | state | how entries travel | leaves on |
/// | --- | --- | --- |
/// | Probe | one append at a time, until `nextIndex` is right | success, or needing a snapshot |
/// | Replicate | pipelined within the window | refusal, lost contact, no answer in time |
/// | SnapshotTransfer | not at all | end of the transfer |
public final class Progress {
    /// How this peer is served.
    public sealed interface State {}

    /// `waiting` = the probe is out; the next leaves with its answer or with the next heartbeat. The log after
    /// `deliveredIndex` is kept: the peer has the file of the snapshot that ends there and may still be loading it,
    /// silent until it is done (rule 14); 0 = none.
    public record Probe(boolean waiting, long deliveredIndex) implements State {}

    /// Appends follow one another without waiting for answers, within the window.
    public record Replicate() implements State {}

    /// The log after `lastIncludedIndex` is kept for the peer while it receives the snapshot (rule 14).
    public record SnapshotTransfer(long lastIncludedIndex) implements State {}

    private static final Probe READY = new Probe(false, 0);
    private static final Probe WAITING = new Probe(true, 0);
    private static final Replicate REPLICATE = new Replicate();

    private final Inflights inflights;

    /// Highest index durable on the peer and equal to ours. Invariant: `matchIndex < nextIndex`. Falls only when
    /// the peer restarted (rule 19).
    private long matchIndex;

    /// The next index to send.
    private long nextIndex;

    private State state = READY;

    /// Highest commit index sent, so that a commit travels once.
    private long sentCommitIndex;

    /// The last index asked of the journal for this peer; until it is acknowledged, `nextIndex - 1` may not have
    /// arrived when a heartbeat does.
    private long journalThrough;

    private long echoedRound;
    private long lastHeardNanos;
    private long lastAdvanceNanos;

    /// The catch-up round of a learner (thesis §4.2.1): it ends when the peer holds what the log held at its start.
    private long roundTarget;

    private long roundStartNanos;
    private boolean lastRoundWasShort;
    private final long timeoutNanos;

    /// @param timeoutNanos how long an append may go unanswered, and a catch-up round may take
    public Progress(long nextIndex, Inflights inflights, long timeoutNanos, long nowNanos) {
        this.nextIndex = nextIndex;
        this.inflights = inflights;
        this.timeoutNanos = timeoutNanos;
        this.lastHeardNanos = nowNanos;
        this.lastAdvanceNanos = nowNanos;
        this.roundStartNanos = nowNanos;
        this.roundTarget = nextIndex;
    }

    public long matchIndex() {
        return matchIndex;
    }

    public long nextIndex() {
        return nextIndex;
    }

    public State state() {
        return state;
    }

    public Inflights inflights() {
        return inflights;
    }

    public long sentCommitIndex() {
        return sentCommitIndex;
    }

    public void sentCommit(long index) {
        sentCommitIndex = index;
    }

    public boolean waitsForJournal() {
        return journalThrough > matchIndex;
    }

    public long echoedRound() {
        return echoedRound;
    }

    public void onEcho(long round) {
        echoedRound = Math.max(echoedRound, round);
    }

    public long lastHeardNanos() {
        return lastHeardNanos;
    }

    public void heard(long nowNanos) {
        lastHeardNanos = nowNanos;
    }

    /// The peer can go on without a further snapshot while the log after this index is kept (rule 14).
    public long keptAfter() {
        return switch (state) {
            case Probe probe -> Math.max(matchIndex, probe.deliveredIndex());
            case Replicate _ -> matchIndex;
            case SnapshotTransfer transfer -> transfer.lastIncludedIndex();
        };
    }

    /// A probe left.
    public void probeSent() {
        state = state instanceof Probe probe ? new Probe(true, probe.deliveredIndex()) : WAITING;
    }

    /// The heartbeat interval passed: an unanswered probe may leave again.
    public void retryProbe() {
        if (state instanceof Probe probe) {
            state = new Probe(false, probe.deliveredIndex());
        }
    }

    /// Entries through `lastIndex` left in one append.
    public void sent(long lastIndex, long size, long nowNanos) {
        Invariants.check(lastIndex >= nextIndex, "appends move on", nextIndex, lastIndex);
        if (inflights.isEmpty()) {
            lastAdvanceNanos = nowNanos;
        }
        inflights.add(lastIndex, size);
        nextIndex = lastIndex + 1;
    }

    /// The journal was asked to send entries through `lastIndex`.
    public void askedJournal(long lastIndex, long size, long nowNanos) {
        sent(lastIndex, size, nowNanos);
        journalThrough = lastIndex;
    }

    /// The peer holds everything through `index` durably; returns whether that is news.
    public boolean onMatch(long index, long logLastIndex, long nowNanos) {
        boolean advanced = index > matchIndex;
        if (advanced) {
            matchIndex = index;
            lastAdvanceNanos = nowNanos;
            if (matchIndex >= roundTarget) {
                lastRoundWasShort = nowNanos - roundStartNanos <= timeoutNanos;
                roundTarget = logLastIndex;
                roundStartNanos = nowNanos;
            }
        }
        nextIndex = Math.max(nextIndex, matchIndex + 1);
        inflights.freeThrough(matchIndex);
        switch (state) {
            case Probe _ -> {
                if (index + 1 >= nextIndex) {
                    becomeReplicate();
                }
            }
            case Replicate _ -> {}
            case SnapshotTransfer transfer -> {
                if (matchIndex >= transfer.lastIncludedIndex()) {
                    becomeReplicate();
                }
            }
        }
        return advanced;
    }

    /// The peer does not have the entry before `nextIndex`; goes on after `agreeAtMost`. When that is what it had
    /// acknowledged, asking again at once would not help: the refusal is old, or its restart is yet to be noticed.
    public void onMismatch(long agreeAtMost) {
        boolean contradicts = agreeAtMost < matchIndex;
        becomeProbe();
        nextIndex = Math.max(matchIndex, agreeAtMost) + 1;
        state = contradicts ? WAITING : READY;
    }

    /// Contact was lost, or appends were: goes on after what is known to match.
    public void becomeProbe() {
        if (state instanceof Replicate) {
            nextIndex = matchIndex + 1;
        }
        state = READY;
        inflights.clear();
        journalThrough = 0;
    }

    private void becomeReplicate() {
        state = REPLICATE;
        nextIndex = matchIndex + 1;
        inflights.clear();
        journalThrough = 0;
    }

    public void becomeSnapshotTransfer(long lastIncludedIndex) {
        becomeProbe();
        state = new SnapshotTransfer(lastIncludedIndex);
    }

    /// The transfer ended. The peer is probed after `lastIncludedIndex`, or after what is known to match when that
    /// is 0 because the transfer failed.
    public void snapshotEnded(long lastIncludedIndex) {
        if (state instanceof SnapshotTransfer) {
            nextIndex = Math.max(matchIndex, lastIncludedIndex) + 1;
            state = new Probe(true, lastIncludedIndex);
        }
    }

    /// The peer is a new process: what it acknowledged before may be gone (rule 19).
    public void restarted(long logLastIndex) {
        becomeProbe();
        matchIndex = 0;
        nextIndex = logLastIndex + 1;
        sentCommitIndex = 0;
    }

    /// Whether anything sent to the peer may still be on its way.
    public boolean hasUnanswered() {
        return switch (state) {
            case Probe probe -> probe.waiting();
            case Replicate _ -> !inflights.isEmpty();
            case SnapshotTransfer _ -> true;
        };
    }

    /// Whether appends have waited too long without any answer that moved on.
    public boolean isStuck(long nowNanos) {
        return !inflights.isEmpty() && nowNanos - lastAdvanceNanos > timeoutNanos;
    }

    /// Whether the peer holds the whole log, or its last catch-up round was short and the current one still is
    /// (rule 18).
    public boolean isWithinOneRound(long logLastIndex, long nowNanos) {
        return state instanceof Replicate
                && (matchIndex >= logLastIndex || (lastRoundWasShort && nowNanos - roundStartNanos <= timeoutNanos));
    }
}
