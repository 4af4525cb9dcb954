package io.gavel.server.watch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.KeyValue;
import io.gavel.protocol.v1.WatchEvent;
import io.gavel.protocol.v1.WatchRequest;
import io.gavel.protocol.v1.WatchResponse;
import io.gavel.protocol.v1.WatchSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A client that watches, takes as many messages as it is told to, and checks every promise of a watch (I24) against
/// what was really committed.
final class SimWatcher implements WatchSink {
    final WatchRequest request;
    final List<WatchResponse> received = new ArrayList<>();
    private final SimCommits commits;

    /// Messages that it can still take; each delivery uses one up.
    int room;

    /// Everything that matches up to here has been seen; -1 = it starts with a snapshot.
    long seen;

    private int chunked;
    private int gaps;

    @Nullable
    Error ended;

    @Nullable
    Subscription subscription;

    private @Nullable WatchSnapshot first;
    private final TreeMap<ByteString, KeyValue> entries = new TreeMap<>(ByteString.unsignedLexicographicalComparator());

    SimWatcher(WatchRequest request, SimCommits commits) {
        this.request = request;
        this.commits = commits;
        boolean resumes = request.getIncarnation() == 0 || request.getIncarnation() == SimCommits.INCARNATION;
        this.seen = resumes ? request.getFromRevision() - 1 : -1;
    }

    void giveRoom(int messages) {
        room += messages;
        Subscription open = subscription;
        if (open != null) {
            open.onReady();
        }
    }

    /// How many snapshots after a gap it got since it was last asked.
    int takeGaps() {
        int taken = gaps;
        gaps = 0;
        return taken;
    }

    /// How many snapshots in several chunks it got since it was last asked.
    int takeChunked() {
        int taken = chunked;
        chunked = 0;
        return taken;
    }

    @Override
    public boolean isReady() {
        return room > 0;
    }

    @Override
    public void deliver(WatchResponse response) {
        assertThat(room).as("delivered only while ready").isPositive();
        assertThat(response.getIncarnation()).isEqualTo(SimCommits.INCARNATION);
        room--;
        received.add(response);
        switch (response.getKindCase()) {
            case EVENTS -> onEvents(response.getEvents().getEventsList());
            case SNAPSHOT -> onSnapshot(response.getSnapshot());
            case PROGRESS -> onProgress(response.getProgress());
            case ERROR, KIND_NOT_SET -> throw new AssertionError("unexpected " + response);
        }
    }

    @Override
    public void end(Error error) {
        ended = error;
    }

    private void onEvents(List<WatchEvent> events) {
        assertThat(seen).as("events only after the snapshot").isNotNegative();
        first = null;
        long last = events.getLast().getRevision();
        assertThat(last).as("published").isLessThanOrEqualTo(commits.publishedRevision());
        List<WatchEvent> expected = commits.between(seen + 1, last, request);
        assertThat(sorted(events)).as("complete, ordered, unsplit").isEqualTo(sorted(expected));
        assertThat(events.stream().map(WatchEvent::getRevision)).isSorted();
        seen = last;
    }

    /// Within one revision any order is fine.
    private static List<String> sorted(List<WatchEvent> events) {
        return events.stream()
                .map(event -> String.format(
                        "%020d %s %s",
                        event.getRevision(), event.getEntry().getKey().toStringUtf8(), event))
                .sorted()
                .toList();
    }

    private void onSnapshot(WatchSnapshot chunk) {
        WatchSnapshot begun = first;
        if (begun == null || begun.getRevision() != chunk.getRevision()) {
            first = chunk;
            entries.clear();
        }
        for (KeyValue entry : chunk.getEntriesList()) {
            assertThat(entries.put(entry.getKey(), entry))
                    .as("once in a snapshot")
                    .isNull();
        }
        if (!chunk.getLast()) {
            return;
        }
        long at = chunk.getRevision();
        assertThat(at).as("never back in time").isGreaterThanOrEqualTo(seen);
        assertThat(at).as("nothing that is not committed").isLessThanOrEqualTo(commits.revision());
        assertThat(List.copyOf(entries.values())).as("the state at " + at).isEqualTo(commits.keysAt(at, request));
        assertThat(chunk.getRelease()).isEqualTo(commits.releaseAt(at, request));
        assertThat(chunk.getLeader()).isEqualTo(commits.leaderAt(at, request));
        boolean resuming = request.getFromRevision() > 0;
        boolean missed = resuming && !commits.between(seen + 1, at, request).isEmpty();
        assertThat(!missed || chunk.getAfterGap()).as("a gap is marked").isTrue();
        gaps += chunk.getAfterGap() ? 1 : 0;
        chunked += begun != null && begun.getRevision() == at ? 1 : 0;
        seen = at;
        first = null;
    }

    private void onProgress(long revision) {
        assertThat(seen).as("progress only after the snapshot").isNotNegative();
        assertThat(revision).isLessThanOrEqualTo(commits.revision());
        assertThat(commits.between(seen + 1, revision, request))
                .as("honest progress " + revision + " after " + seen)
                .isEmpty();
        seen = Math.max(seen, revision);
    }
}
