/// Agents: objects that own state and do work in turns, the mailboxes between them and the threads under them.
///
/// [AgentRunner] and [Waker] are the rim: nothing else in here knows of threads, and only [NanoClock] knows of time.
@NullMarked
package io.gavel.server.agent;

import org.jspecify.annotations.NullMarked;
