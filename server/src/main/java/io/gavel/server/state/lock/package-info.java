/// Locks, read-write locks, semaphores and elections: queues with permits, fencing tokens and losses.
@NullMarked
package io.gavel.server.state.lock;

import org.jspecify.annotations.NullMarked;
