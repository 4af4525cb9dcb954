package io.gavel.server.state.lock;

import io.gavel.protocol.v1.Waiter;

/// The request that asked for permits: its session and its sequence there. Sequences of a session are never reused,
/// so a claim is named for ever.
public record ClaimId(long sessionId, long sequence) {
    static ClaimId of(Waiter waiter) {
        return new ClaimId(waiter.getSessionId(), waiter.getSequence());
    }

    Waiter toProto() {
        return Waiter.newBuilder().setSessionId(sessionId).setSequence(sequence).build();
    }
}
