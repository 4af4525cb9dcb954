package io.gavel.server.state.lock;

import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Done;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.Grant;
import io.gavel.protocol.v1.Outcome;
import io.gavel.protocol.v1.Queued;
import io.gavel.protocol.v1.ReleaseResult;
import io.gavel.server.entry.Refusals;
import org.jspecify.annotations.Nullable;

/// The words in which the lock and election tables answer.
final class Answers {
    private Answers() {}

    static CommandResult.Builder refused(Error error) {
        return CommandResult.newBuilder().setError(error);
    }

    static CommandResult.Builder done() {
        return CommandResult.newBuilder().setDone(Done.getDefaultInstance());
    }

    static CommandResult.Builder released(boolean released, boolean wasGranted) {
        return CommandResult.newBuilder()
                .setRelease(ReleaseResult.newBuilder().setReleased(released).setWasGranted(wasGranted));
    }

    static Grant grant(Claim claim) {
        return Grant.newBuilder()
                .setToken(claim.token())
                .setWaiter(claim.id.toProto())
                .setGrantRevision(claim.grantRevision())
                .build();
    }

    static Queued queued(Claim claim) {
        return Queued.newBuilder()
                .setWaiter(claim.id.toProto())
                .setAhead(claim.queue.ahead(claim))
                .build();
    }

    static Error needsSession(String verb) {
        return Refusals.invalid("session", "a session", "none", verb + " needs a session");
    }

    /// The wait limit passed. It did not get the lock, and it will not.
    static Error waitEnded(OwnershipKind kind, String name) {
        return Refusals.notApplied(
                        ErrorCode.DEADLINE, kind.noun + " " + name + " was not granted within the wait limit")
                .setField(kind.noun)
                .setValue(name)
                .build();
    }

    /// A try-once request found the queue busy.
    static Error busy(OwnershipKind kind, String name, @Nullable PermitQueue queue) {
        return withHolder(
                        Refusals.notApplied(
                                        ErrorCode.DEADLINE,
                                        kind.noun + " " + name + " cannot be granted at once and the wait limit is 0")
                                .setField(kind.noun)
                                .setValue(name),
                        queue)
                .build();
    }

    /// A grant that was taken away.
    static Error lost(OwnershipKind kind, String name, long token) {
        return Error.newBuilder()
                .setCode(kind.lossCode)
                .setOutcome(Outcome.NOT_APPLIED)
                .setMessage(kind.noun + " " + name + " is no longer held with token " + token)
                .setField(kind.noun)
                .setValue(name)
                .setHint("stop what the token protects, then confirm the loss")
                .build();
    }

    /// A claim of which nothing is known any more.
    static Error forgotten(OwnershipKind kind, ClaimId id) {
        return Refusals.notApplied(
                        ErrorCode.NOT_FOUND,
                        "request " + id.sequence() + " of session " + id.sessionId() + " neither waits for nor holds a "
                                + kind.noun)
                .setField("waiter")
                .setHint("its wait ended, it was withdrawn or released, or its session ended")
                .build();
    }

    /// What the token was good for belongs to someone else now, or to nobody.
    static Error notHeld(OwnershipKind kind, String name, long token, @Nullable PermitQueue queue) {
        return withHolder(
                        Refusals.conflict(kind.noun + " " + name + " is not held with token " + token)
                                .setField(kind.noun)
                                .setValue(Long.toString(token)),
                        queue)
                .build();
    }

    /// The token is good but belongs to another session than the caller's.
    static Error notYours(OwnershipKind kind, String name, Claim holder) {
        return Refusals.conflict("token " + holder.token() + " of " + kind.noun + " " + name + " belongs to session "
                        + holder.id.sessionId())
                .setField("token")
                .setHolderSession(holder.id.sessionId())
                .setHolderToken(holder.token())
                .build();
    }

    private static Error.Builder withHolder(Error.Builder error, @Nullable PermitQueue queue) {
        Claim holder = queue == null ? null : queue.firstHolder();
        if (holder != null) {
            error.setHolderSession(holder.id.sessionId()).setHolderToken(holder.token());
        }
        return error;
    }
}
