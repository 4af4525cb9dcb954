package io.gavel.server.api;

import io.gavel.server.agent.NanoClock;
import io.gavel.server.state.StateMachine;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/// What the API stands on.
///
/// @param state the state machine in force; another one after a snapshot was installed
/// @param readers runs longer reads and schema checks, which may take milliseconds; refuses when it is full
public record NodePorts(
        MemberIdentity identity,
        ConsensusPort consensus,
        Supplier<StateMachine> state,
        ApplyTasks applyTasks,
        Executor readers,
        Timers timers,
        NanoClock clock) {}
