package io.gavel.server.state.lock;

import io.gavel.protocol.v1.Holder;
import io.gavel.protocol.v1.QueuedWaiter;
import io.gavel.server.state.table.LiveSessions;
import io.gavel.server.state.table.ReadContext;
import java.util.ArrayList;
import java.util.List;

/// Queues as clients see them.
final class QueueViews {
    /// Holders, and waiters, shown of one queue.
    static final int MAX_SHOWN = 1_000;
    /// What their proposals may add to one answer.
    static final int MAX_WAITER_BYTES = 256 * 1024;

    private static final long NANOS_PER_MILLI = 1_000_000;

    private QueueViews() {}

    static Holder holder(Claim claim, LiveSessions sessions) {
        return Holder.newBuilder()
                .setSessionId(claim.id.sessionId())
                .setToken(claim.token())
                .setOwner(sessions.owner(claim.id.sessionId()))
                .setPermits(claim.permits)
                .setProposal(claim.proposal())
                .build();
    }

    /// The first waiters in queue order, as many as one answer holds.
    static List<QueuedWaiter> waiters(PermitQueue queue, LiveSessions sessions) {
        List<QueuedWaiter> shown = new ArrayList<>();
        int bytes = 0;
        for (Claim claim : queue.waiters().values()) {
            QueuedWaiter waiter = QueuedWaiter.newBuilder()
                    .setWaiter(claim.id.toProto())
                    .setOwner(sessions.owner(claim.id.sessionId()))
                    .setPermits(claim.permits)
                    .setProposal(claim.proposal())
                    .build();
            bytes += waiter.getSerializedSize();
            if (shown.size() == MAX_SHOWN || bytes > MAX_WAITER_BYTES) {
                break;
            }
            shown.add(waiter);
        }
        return shown;
    }

    /// How much replicated time may pass before the losses in the way are over, if no client confirms.
    static long blockedMillis(PermitQueue queue, ReadContext context) {
        long until = 0;
        for (Claim loss : queue.losses().values()) {
            if (loss.isBlocking()) {
                long end = loss.lingerUntilNanos() == Claim.NEVER
                        ? context.sessions().deadlineNanos(loss.id.sessionId())
                        : loss.lingerUntilNanos();
                until = Math.max(until, end);
            }
        }
        long nanos = until - context.nowNanos();
        return nanos <= 0 ? 0 : (nanos + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI;
    }
}
