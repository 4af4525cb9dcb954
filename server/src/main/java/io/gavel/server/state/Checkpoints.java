package io.gavel.server.state;

import io.gavel.server.state.table.DigestValue;
import io.gavel.server.state.table.StateDigest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The digests of this member's state at the last checkpoint indices. Not replicated: a restored member has none until
/// it passes the next index. Any thread may read.
final class Checkpoints {
    private static final int KEPT = 64;

    private volatile List<Checkpoint> kept = List.of();

    void add(long index, DigestValue digest) {
        List<Checkpoint> before = kept;
        List<Checkpoint> after = new ArrayList<>(before.subList(Math.max(0, before.size() - KEPT + 1), before.size()));
        after.add(new Checkpoint(index, StateDigest.VERSION, digest));
        kept = List.copyOf(after);
    }

    List<Checkpoint> all() {
        return kept;
    }

    @Nullable
    Checkpoint at(long index) {
        for (Checkpoint each : kept) {
            if (each.index() == index) {
                return each;
            }
        }
        return null;
    }
}
