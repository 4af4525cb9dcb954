package io.gavel.server.state.session;

import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;

/// What the session table says to a command before it is executed.
public sealed interface Admission {
    /// Execute it, once, and store its result.
    record Execute() implements Admission {
        static final Execute INSTANCE = new Execute();
    }

    /// It was executed before: this was its result.
    record Replay(CommandResult result) implements Admission {}

    /// Not executed, nothing stored: the answer depends on nothing but this attempt.
    record Refuse(Error error) implements Admission {}

    /// Not executed, and this answer is the sequence's result from now on (rule 6).
    record RefuseForGood(Error error) implements Admission {}

    /// Not executed: the sequence is beyond the window, and the session must be ended (rule 5).
    record EndSession(Error error) implements Admission {}
}
