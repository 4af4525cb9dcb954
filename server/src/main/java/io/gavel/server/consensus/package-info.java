/// The agents that drive consensus and apply its decisions, and what waits for them on behalf of clients.
///
/// [ConsensusAgent] owns the core, [ApplyAgent] owns the state machine, [BulkAgent] does what is slow. They share
/// nothing but mailboxes and a few published values.
@NullMarked
package io.gavel.server.consensus;

import org.jspecify.annotations.NullMarked;
