package io.gavel.server.transport;

import io.gavel.raft.quorum.MemberUuid;
import io.gavel.server.storage.PeerBoot;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Remembers the newest start of each peer and refuses older ones (rule 21). Thread-safe.
///
/// A peer that comes with a lower boot count, or with the same count and another nonce, runs on an older copy of its
/// disk.
final class PeerBoots {
    /// One start of a peer's process.
    record Boot(long count, long nonce) {}

    enum Verdict {
        /// Never heard of before.
        FIRST,
        /// The start that is known.
        SAME,
        /// A later start than the known one.
        NEWER,
        /// Refused: an older copy of its disk.
        ROLLED_BACK
    }

    private final Map<String, Boot> newest = new TreeMap<>();
    private final Consumer<PeerBoot> recorder;

    /// `known` is what this member remembers from before; `recorder` makes news durable.
    PeerBoots(List<PeerBoot> known, Consumer<PeerBoot> recorder) {
        this.recorder = recorder;
        for (PeerBoot boot : known) {
            newest.put(boot.uuid().toString(), new Boot(boot.bootCount(), boot.nonce()));
        }
    }

    synchronized Verdict onHello(MemberUuid uuid, long count, long nonce) {
        Boot boot = new Boot(count, nonce);
        @Nullable Boot known = newest.get(uuid.toString());
        if (known == null) {
            remember(uuid, boot);
            return Verdict.FIRST;
        }
        if (boot.equals(known)) {
            return Verdict.SAME;
        }
        if (count <= known.count()) {
            return Verdict.ROLLED_BACK;
        }
        remember(uuid, boot);
        return Verdict.NEWER;
    }

    private void remember(MemberUuid uuid, Boot boot) {
        newest.put(uuid.toString(), boot);
        recorder.accept(new PeerBoot(uuid, boot.count(), boot.nonce(), 0));
    }

    /// Whether this is the newest known start of the member.
    synchronized boolean isCurrent(MemberUuid uuid, long nonce) {
        @Nullable Boot known = newest.get(uuid.toString());
        return known != null && known.nonce() == nonce;
    }
}
