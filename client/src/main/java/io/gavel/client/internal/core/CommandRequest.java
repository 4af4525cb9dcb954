package io.gavel.client.internal.core;

import com.google.protobuf.ByteString;
import io.gavel.client.error.Outcome;
import io.gavel.client.internal.port.Completion;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One mutating request on its way to an answer. Confined to the owner. */
final class CommandRequest {
    final ByteString command;
    /** When its caller gives up; the request itself goes on if it may have taken effect. */
    final long callerDeadline;
    /** Null once the caller was told. */
    @Nullable
    Completion<CommandResult> completion;
    /** 0 = not admitted to the window yet. */
    long sequence;
    /** It is decided, or was never sent and is forgotten. */
    boolean closed;
    /** An attempt is out on the present stream. */
    boolean outstanding;
    /** Some attempt was neither answered nor refused: only the log can say what became of it. */
    boolean inDoubt;
    /** The caller was told that the outcome is unknown, and may ask later. */
    boolean toldUnknown;
    /** When it was first sent on the present stream. */
    long sentAt;
    /** How often it was sent on the present stream. */
    int sends;
    /** It was sent more than once, on one stream or several. */
    boolean repeated;
    /** When to send it again if no answer has come; {@code Long.MAX_VALUE} = no attempt is out. */
    long resendAt = Long.MAX_VALUE;
    /** When to try again; {@code Long.MAX_VALUE} = not waiting for that. */
    long retryAt = Long.MAX_VALUE;

    int refusals;

    @Nullable
    Error lastRefusal;

    final List<Completion<Outcome>> outcomeAskers = new ArrayList<>(0);

    CommandRequest(ByteString command, long callerDeadline, Completion<CommandResult> completion) {
        this.command = command;
        this.callerDeadline = callerDeadline;
        this.completion = completion;
    }

    /** Whether it may take effect although nobody said so. */
    boolean mayApply() {
        return outstanding || inDoubt;
    }
}
