package io.gavel.server.transport;

import io.gavel.raft.quorum.MemberUuid;
import io.gavel.server.storage.PeerBoot;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Remembers the newest start of each peer and what it acknowledged, and refuses disks that went back (rule
/// 21). Thread-safe.
///
/// A peer whose past does not contain the start that is known runs on an older copy of its disk, however often it has
/// started since: its vote may be forgotten as well, and it is to be replaced. A peer of a newer start whose log ends
/// before what it acknowledged lost entries: it may come back once it knows, and does not vote until it has
/// them again.
///
/// Only committed entries count as acknowledged, because others may rightly be cut off. They are remembered
/// by whoever led when they were acknowledged: when all of those are gone as well, nobody can tell, as when a
/// majority is rolled back.
final class PeerBoots {
    /// What a peer says of its process.
    record Claim(PeerIdentity.Start start, boolean repairing) {}

    enum Verdict {
        /// Never heard of before.
        FIRST,
        /// The start that is known.
        SAME,
        /// A later start than the known one.
        NEWER,
        /// Refused: an older copy of its disk.
        ROLLED_BACK,
        /// Refused until it repairs: entries are missing that it acknowledged.
        LOST_ENTRIES
    }

    private record Known(long bootCount, long nonce, long acknowledgedIndex) {}

    private final Map<MemberUuid, Known> newest = new HashMap<>();
    private final Map<MemberUuid, Long> recordedIndexes = new HashMap<>();
    private final Map<MemberUuid, PeerBoot> unrecorded = new HashMap<>();
    private final Predicate<PeerBoot> recorder;

    /// `known` is what this member remembers from before; `recorder` makes news durable, and is asked again with the
    /// next that is heard of that peer when it answers false.
    PeerBoots(List<PeerBoot> known, Predicate<PeerBoot> recorder) {
        this.recorder = recorder;
        for (PeerBoot boot : known) {
            MemberUuid uuid = boot.uuid();
            newest.put(uuid, new Known(boot.bootCount(), boot.nonce(), boot.acknowledgedIndex()));
            recordedIndexes.put(uuid, boot.acknowledgedIndex());
        }
    }

    synchronized Verdict onHello(MemberUuid uuid, Claim claim) {
        recordLate(uuid);
        PeerIdentity.Start start = claim.start();
        @Nullable Known known = newest.get(uuid);
        if (known == null) {
            remember(uuid, new Known(start.bootCount(), start.bootNonce(), 0));
            return Verdict.FIRST;
        }
        if (start.deviatesFrom(known.bootCount(), known.nonce())) {
            return Verdict.ROLLED_BACK;
        }
        if (start.bootCount() == known.bootCount()) {
            return Verdict.SAME;
        }
        if (start.persistedIndex() < known.acknowledgedIndex() && !claim.repairing()) {
            return Verdict.LOST_ENTRIES;
        }
        remember(uuid, new Known(start.bootCount(), start.bootNonce(), known.acknowledgedIndex()));
        return Verdict.NEWER;
    }

    /// The peer holds all committed entries up to `index` durably. `durably` = this member remembers it over
    /// a start of its own, which costs a write.
    synchronized void acknowledged(MemberUuid uuid, long index, boolean durably) {
        @Nullable Known known = newest.get(uuid);
        if (known == null) {
            return;
        }
        long highest = Math.max(index, known.acknowledgedIndex());
        Known higher = new Known(known.bootCount(), known.nonce(), highest);
        newest.put(uuid, higher);
        if (durably && highest > recordedIndexes.getOrDefault(uuid, 0L)) {
            remember(uuid, higher);
        }
    }

    /// What the peer is known to have acknowledged; 0 = nothing.
    synchronized long acknowledgedIndex(MemberUuid uuid) {
        @Nullable Known known = newest.get(uuid);
        return known == null ? 0 : known.acknowledgedIndex();
    }

    private void remember(MemberUuid uuid, Known known) {
        newest.put(uuid, known);
        recordedIndexes.put(uuid, known.acknowledgedIndex());
        unrecorded.put(uuid, new PeerBoot(uuid, known.bootCount(), known.nonce(), known.acknowledgedIndex()));
        recordLate(uuid);
    }

    /// Streams last: what the recorder had no room for must not wait for another hello.
    private void recordLate(MemberUuid uuid) {
        @Nullable PeerBoot late = unrecorded.get(uuid);
        if (late != null && recorder.test(late)) {
            unrecorded.remove(uuid);
        }
    }

    /// Whether this is the newest known start of the member, which is heard of now.
    synchronized boolean isCurrent(MemberUuid uuid, long nonce) {
        recordLate(uuid);
        return isNewest(uuid, nonce);
    }

    /// Whether this is the newest known start of the member.
    synchronized boolean isNewest(MemberUuid uuid, long nonce) {
        @Nullable Known known = newest.get(uuid);
        return known != null && known.nonce() == nonce;
    }
}
