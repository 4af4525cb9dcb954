package io.gavel.server.watch;

import io.gavel.protocol.v1.ConfigRelease;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.WatchRequest;
import io.gavel.protocol.v1.WatchSnapshot;
import io.gavel.raft.check.Invariants;
import io.gavel.server.agent.Agent;
import io.gavel.server.entry.Refusals;
import io.gavel.server.state.table.KeyHistory;
import io.gavel.server.state.table.StateEvent;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// All watches of one member.
///
/// The apply agent calls [#onRestored], [#onEvents] and [#onPublished]; none of them waits for anybody. Any thread
/// opens watches. Everything else happens in [#doWork], on a thread of its own: what a watcher gets is decided there,
/// and a slow one costs the others nothing.
/*
 * How it works, and why. Recent events lie once in a ring. The hub reads it revision by revision and marks, by an
 * index, the subscriptions that an event concerns; a subscription that was not marked has seen everything up to the
 * hub's revision without any work. A marked one walks the ring from its own cursor while its sink is ready. If it lets
 * too many bytes wait, or the ring moves past its cursor, it is given a snapshot at the hub's revision R, marked as
 * such, and goes on at R + 1. So memory is bounded by the ring, and a revision is never split or silently left out.
 */
public final class WatchHub implements Agent {
    private static final int REVISIONS_A_TURN = 4_096;

    private final WatchLimits limits;
    private final WatchMessages messages;
    private final RecentEvents recent;
    private final long incarnation;
    private final Runnable wake;

    private final AtomicInteger open = new AtomicInteger();
    /// Holds a subscription at most once, so it is bounded by their number.
    private final ConcurrentLinkedQueue<Subscription> signals = new ConcurrentLinkedQueue<>();
    /// Replaced by the apply agent when the state machine is.
    private volatile @Nullable WatchFeed newestFeed;

    // ---- the hub's own

    private @Nullable WatchFeed feed;
    private final LinkedHashSet<Subscription> subscriptions = new LinkedHashSet<>();
    /// Those that could do something now.
    private final LinkedHashSet<Subscription> ready = new LinkedHashSet<>();

    private final LinkedHashSet<Subscription> waiting = new LinkedHashSet<>();
    private final TargetIndex live = new TargetIndex();
    /// The ring's next sequence to look at; every revision before it has been dispatched.
    private long position;
    /// Every event at or below this revision has been dispatched.
    private long revision;

    private long replicatedTimeNanos;
    private int historyReaders;
    private long nextRoundNanos = Long.MIN_VALUE;

    /// `wake` makes whoever drives the hub call [#doWork] soon; any thread calls it.
    public WatchHub(long incarnation, WatchLimits limits, Runnable wake) {
        this.incarnation = incarnation;
        this.messages = new WatchMessages(incarnation);
        this.limits = limits;
        this.recent = new RecentEvents(limits, messages);
        this.wake = wake;
    }

    // ---- the apply agent

    /// A state machine begins, or takes the place of another: what it holds now, and where its keys are.
    public void onRestored(
            KeyHistory keys,
            long atRevision,
            long atReplicatedTimeNanos,
            List<ConfigRelease> newestReleases,
            List<StateEvent.LeaderChanged> currentLeaders) {
        WatchFeed fresh = new WatchFeed(keys, atRevision, atReplicatedTimeNanos, limits);
        fresh.seed(newestReleases, currentLeaders);
        newestFeed = fresh;
        wake.run();
    }

    /// All events of one revision, in the order of revisions.
    public void onEvents(long atRevision, List<StateEvent> events) {
        feedOfApply().onEvents(atRevision, events);
    }

    /// Everything up to this revision has been applied and published, and its events handed over before.
    public void onPublished(long atRevision, long atReplicatedTimeNanos) {
        feedOfApply().onPublished(atRevision, atReplicatedTimeNanos);
        if (open.get() > 0) {
            wake.run();
        }
    }

    private WatchFeed feedOfApply() {
        WatchFeed newest = newestFeed;
        if (newest == null) {
            throw new IllegalStateException("events before the state machine");
        }
        return newest;
    }

    // ---- any thread

    /// Null if the request can be served.
    public static @Nullable Error check(WatchRequest request) {
        return WatchTarget.check(request);
    }

    /// Opens a watch that answers once this member has come to `notBefore`; null = there are too many.
    /// The request must have passed [#check].
    public @Nullable Subscription open(WatchRequest request, long notBefore, WatchSink sink) {
        if (open.incrementAndGet() > limits.maxWatchers()) {
            open.decrementAndGet();
            return null;
        }
        Subscription subscription = new Subscription(request, WatchTarget.of(request), notBefore, sink, this::signal);
        if (request.getIncarnation() != 0 && request.getIncarnation() != incarnation) {
            // Revisions of another history say nothing about this one, not even how far away they are.
            subscription.from = 0;
            subscription.needsSnapshot = true;
            subscription.afterGap = true;
        }
        subscription.onReady();
        return subscription;
    }

    private void signal(Subscription subscription) {
        signals.add(subscription);
        wake.run();
    }

    /// How many watches are open.
    public int openWatches() {
        return open.get();
    }

    // ---- the hub's turn

    @Override
    public int doWork(long nowNanos) {
        WatchFeed newest = newestFeed;
        if (newest == null) {
            return 0;
        }
        int work = 0;
        if (newest != feed) {
            attach(newest);
            work++;
        }
        work += takeSignals();
        work += dispatch(newest);
        work += serveAll(newest, nowNanos);
        if (nowNanos >= nextRoundNanos) {
            nextRoundNanos = nowNanos + limits.progressIntervalNanos();
            round(nowNanos);
        }
        return work;
    }

    @Override
    public long nextDeadlineNanos() {
        return subscriptions.isEmpty() ? Long.MAX_VALUE : nextRoundNanos;
    }

    /// Another state machine: everyone starts again at the first revision it has not seen.
    private void attach(WatchFeed newest) {
        for (Subscription subscription : subscriptions) {
            endCatchUp(subscription);
            startAgain(subscription, subscription.needsSnapshot);
        }
        feed = newest;
        position = newest.ring.first();
        revision = Math.min(newest.applied().revision(), newest.ring.coveredFrom() - 1);
    }

    private int takeSignals() {
        int taken = 0;
        for (Subscription subscription = signals.poll(); subscription != null; subscription = signals.poll()) {
            taken++;
            subscription.takeSignal();
            if (subscription.isCancelled()) {
                forget(subscription);
            } else if (subscription.phase != Subscription.Phase.OVER) {
                subscriptions.add(subscription);
                ready.add(subscription);
            }
        }
        return taken;
    }

    /// Takes the events up to what is published and marks whom they concern.
    private int dispatch(WatchFeed from) {
        WatchFeed.Applied applied = from.applied();
        replicatedTimeNanos = applied.replicatedTimeNanos();
        int dispatched = 0;
        while (dispatched < REVISIONS_A_TURN) {
            RevisionEvents events = from.ring.get(position);
            if (events == null && position < from.ring.first()) {
                onOverrun(from);
                continue;
            }
            if (events == null || events.revision() > applied.revision()) {
                break;
            }
            mark(events);
            position++;
            revision = events.revision();
            dispatched++;
        }
        if (dispatched < REVISIONS_A_TURN) {
            revision = Math.max(revision, applied.revision());
        }
        releaseWaiting();
        return dispatched;
    }

    /// The ring moved past the hub: nobody knows what those events were about.
    private void onOverrun(WatchFeed from) {
        position = from.ring.first();
        long lostThrough = from.ring.coveredFrom() - 1;
        for (Subscription subscription : subscriptions) {
            if (subscription.phase == Subscription.Phase.LIVE && subscription.from <= lostThrough) {
                startAgain(subscription, true);
            }
        }
    }

    private void mark(RevisionEvents events) {
        if (events.isGap()) {
            for (Subscription subscription : subscriptions) {
                if (subscription.phase == Subscription.Phase.LIVE && subscription.from <= events.revision()) {
                    startAgain(subscription, true);
                }
            }
        }
        for (StateEvent event : events.events()) {
            long bytes = RevisionEvents.bytes(event);
            live.matching(event, subscription -> {
                if (subscription.from <= events.revision()) {
                    if (!subscription.pending) {
                        subscription.pending = true;
                        subscription.cursor = position;
                    }
                    subscription.pendingBytes += bytes;
                    ready.add(subscription);
                }
            });
        }
    }

    private void releaseWaiting() {
        if (!waiting.isEmpty()) {
            waiting.removeIf(subscription -> {
                boolean now = subscription.notBefore <= revision;
                if (now) {
                    ready.add(subscription);
                }
                return now;
            });
        }
    }

    private int serveAll(WatchFeed from, long nowNanos) {
        int served = 0;
        for (Subscription subscription : new ArrayList<>(ready)) {
            served++;
            if (!serve(subscription, from, nowNanos)) {
                ready.remove(subscription);
            }
        }
        return served;
    }

    /// Does one step for a subscription; true if it can do another at once.
    private boolean serve(Subscription subscription, WatchFeed from, long nowNanos) {
        return switch (subscription.phase) {
            case NEW -> start(subscription, from, nowNanos);
            case CATCHING_UP -> catchUp(subscription);
            case LIVE -> deliver(subscription, from);
            case OVER -> false;
        };
    }

    // ---- where a subscription begins

    private boolean start(Subscription subscription, WatchFeed from, long nowNanos) {
        if (subscription.notBefore > revision) {
            waiting.add(subscription);
            return false;
        }
        if (!subscription.needsSnapshot && goLive(subscription, from)) {
            return true;
        }
        return switch (subscription.target) {
            case WatchTarget.Keys keys -> startCatchUp(subscription, keys, from, nowNanos);
            case WatchTarget.Namespace _, WatchTarget.Election _ -> sendNamed(subscription, from);
        };
    }

    /// Joins the recent events if everything from `subscription.from` on is among them or still to come.
    private boolean goLive(Subscription subscription, WatchFeed from) {
        boolean allSeen = subscription.from > revision;
        long sequence = allSeen ? position : from.ring.sequenceOf(subscription.from);
        if (sequence < 0) {
            return false;
        }
        subscription.phase = Subscription.Phase.LIVE;
        subscription.pending = sequence < position;
        subscription.cursor = sequence;
        subscription.pendingBytes = 0;
        live.add(subscription);
        return true;
    }

    private boolean startCatchUp(Subscription subscription, WatchTarget.Keys keys, WatchFeed from, long nowNanos) {
        boolean mayReadHistory = !subscription.needsSnapshot && historyReaders < limits.maxHistoryReaders();
        if (mayReadHistory && from.keys.pin(subscription.from - 1)) {
            subscription.catchUp = new HistoryReader(from.keys, keys, messages, limits, subscription.from, revision);
            historyReaders++;
        } else if (from.keys.pin(revision)) {
            boolean afterGap = subscription.afterGap || !subscription.needsSnapshot;
            subscription.catchUp =
                    new SnapshotReader(from.keys, keys, messages, limits.messageBytes(), revision, afterGap);
        } else {
            // Compacted beyond what this hub has dispatched: it will have come further in the next turn.
            return true;
        }
        subscription.phase = Subscription.Phase.CATCHING_UP;
        subscription.catchUpSinceNanos = nowNanos;
        return true;
    }

    private boolean sendNamed(Subscription subscription, WatchFeed from) {
        if (!subscription.sink.isReady()) {
            return false;
        }
        WatchFeed.Named named = from.named(subscription.target);
        if (named == null) {
            return true;
        }
        long at = Math.max(revision, named.revision());
        if (missedNothing(subscription, named)) {
            onBroughtTo(at, subscription);
            return true;
        }
        WatchSnapshot.Builder snapshot = WatchSnapshot.newBuilder()
                .setRevision(at)
                .setAfterGap(subscription.afterGap || !subscription.needsSnapshot)
                .setLast(true);
        if (named.release() != null) {
            snapshot.setRelease(named.release());
        }
        if (named.leader() != null) {
            snapshot.setLeader(named.leader());
        }
        subscription.sink.deliver(messages.snapshot(snapshot));
        onBroughtTo(at, subscription);
        return true;
    }

    /// A namespace keeps its newest release for ever, so its revision tells whether there was another one.
    private static boolean missedNothing(Subscription subscription, WatchFeed.Named named) {
        ConfigRelease release = named.release();
        return !subscription.needsSnapshot
                && subscription.target instanceof WatchTarget.Namespace
                && (release == null || release.getRevision() < subscription.from);
    }

    private boolean catchUp(Subscription subscription) {
        CatchUp catchUp = subscription.catchUp;
        if (catchUp == null) {
            throw new IllegalStateException("nothing to catch up with");
        }
        return switch (catchUp.step(subscription, replicatedTimeNanos)) {
            case READ_ON -> true;
            case WAIT -> false;
            case DONE -> {
                endCatchUp(subscription);
                onBroughtTo(catchUp.upTo(), subscription);
                yield true;
            }
            case TOO_MUCH -> {
                endCatchUp(subscription);
                startAgain(subscription, true);
                yield true;
            }
        };
    }

    /// Everything up to this revision is delivered, one by one or as a snapshot.
    private static void onBroughtTo(long upTo, Subscription subscription) {
        Invariants.check(upTo + 1 >= subscription.from, "a watcher never goes back", upTo, subscription.from);
        subscription.phase = Subscription.Phase.NEW;
        subscription.from = upTo + 1;
        subscription.needsSnapshot = false;
        subscription.afterGap = false;
    }

    private void endCatchUp(Subscription subscription) {
        CatchUp catchUp = subscription.catchUp;
        if (catchUp != null) {
            catchUp.close();
            subscription.catchUp = null;
            historyReaders -= catchUp instanceof HistoryReader ? 1 : 0;
        }
    }

    /// Lets it begin anew where it is, by a snapshot if `bySnapshot`.
    private void startAgain(Subscription subscription, boolean bySnapshot) {
        if (subscription.phase == Subscription.Phase.LIVE) {
            live.remove(subscription);
            if (!subscription.pending) {
                subscription.from = Math.max(subscription.from, revision + 1);
            }
        }
        subscription.phase = Subscription.Phase.NEW;
        subscription.afterGap |= bySnapshot && !subscription.needsSnapshot;
        subscription.needsSnapshot = bySnapshot;
        subscription.pending = false;
        ready.add(subscription);
    }

    // ---- recent events

    private boolean deliver(Subscription subscription, WatchFeed from) {
        if (!subscription.sink.isReady()) {
            if (subscription.pendingBytes > limits.watcherBytes()) {
                startAgain(subscription, true);
            }
            return false;
        }
        if (subscription.pending && !recent.send(subscription, from.ring, position, revision, replicatedTimeNanos)) {
            startAgain(subscription, true);
            return true;
        }
        if (!subscription.pending && subscription.reported < 0) {
            reportProgress(subscription);
        }
        return subscription.pending;
    }

    // ---- now and then

    /// Tells each watcher that is up to date how far it has come, and gives up on those that block memory.
    private void round(long nowNanos) {
        for (Subscription subscription : new ArrayList<>(subscriptions)) {
            switch (subscription.phase) {
                case LIVE -> reportProgress(subscription);
                case CATCHING_UP -> {
                    if (nowNanos - subscription.catchUpSinceNanos > limits.maxPinNanos()) {
                        end(subscription);
                    }
                }
                case NEW, OVER -> {}
            }
        }
    }

    /// Only if nothing that it wants is below: progress is never ahead of what was delivered.
    private void reportProgress(Subscription subscription) {
        if (!subscription.pending
                && subscription.from <= revision + 1
                && revision > subscription.reported
                && subscription.sink.isReady()) {
            subscription.reported = revision;
            subscription.sink.deliver(messages.progress(revision));
        }
    }

    private void end(Subscription subscription) {
        subscription.sink.end(Refusals.notApplied(ErrorCode.OVERLOADED, "the watcher takes too long to catch up")
                .setLimit(limits.maxPinNanos() / 1_000_000 + " ms")
                .setHint("read faster, or watch fewer keys")
                .build());
        forget(subscription);
    }

    private void forget(Subscription subscription) {
        if (subscription.phase == Subscription.Phase.OVER) {
            return;
        }
        endCatchUp(subscription);
        if (subscription.phase == Subscription.Phase.LIVE) {
            live.remove(subscription);
        }
        subscription.phase = Subscription.Phase.OVER;
        subscriptions.remove(subscription);
        ready.remove(subscription);
        waiting.remove(subscription);
        open.decrementAndGet();
    }
}
