package io.gavel.server.state.table;

import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.protocol.v1.TokenGuard;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A table in which sessions own things under fencing tokens: locks and elections.
public interface OwnershipTable extends CommandTable {
    /// `null` if the token holds: it is in the holder set and its session lives at `context.nowNanos()` (rule 10);
    /// else a `CONFLICT` that carries the present holder and token.
    @Nullable
    Error checkToken(TokenGuard guard, ApplyContext context);

    /// The session is over: its candidacies and places in queues go, its grants pass on. Called before the session's
    /// ephemeral keys go, in the same change, so that all of it has one revision.
    void onSessionEnded(EndedSession session, ApplyContext context);

    /// Replicated time has reached `context.nowNanos()`: ends waits past their limit and grants what no delay holds
    /// back any more, in a defined order, until the budget is used up. Each step begins with
    /// [ApplyContext#nextChange()].
    void onTime(ApplyContext context, ExpiryBudget budget);

    /// Whether time alone could change the table: a wait limit or a delay is pending.
    boolean anythingCanExpire();

    /// How many grants, unconfirmed losses and places in queues end with the session.
    int countClaims(long sessionId);

    /// What is in force for the session's client, to be told again after a reconnection: its grants, and the losses
    /// that it has not confirmed. Idempotent by waiter and token.
    List<SessionEvent> currentEvents(long sessionId);

    /// What the session holds, as `lock/NAME` or `election/NAME`, in name order.
    List<String> holdings(long sessionId);
}
