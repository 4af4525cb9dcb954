package io.gavel.server.consensus;

import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.raft.Payload;
import io.gavel.server.api.ReadDone;
import io.gavel.server.transport.PeerMessage.ControlRequest;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What this member's API asks of the consensus agent. Deadlines are absolute readings of the node's clock; each
/// callback is called exactly once.
sealed interface ClientRequest {
    long deadlineNanos();

    record Propose(Payload envelope, long deadlineNanos, Consumer<CommandResult> done) implements ClientRequest {}

    record Read(long deadlineNanos, ReadDone done) implements ClientRequest {}

    record Renew(long sessionId, long proof, long deadlineNanos, Consumer<@Nullable Error> done)
            implements ClientRequest {}

    record Control(ControlRequest request, long deadlineNanos, Consumer<@Nullable Error> done)
            implements ClientRequest {}

    /// What the request weighs in a mailbox.
    default long weight() {
        return this instanceof Propose propose ? 64L + propose.envelope().length() : 64L;
    }
}
