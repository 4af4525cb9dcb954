/** Locks, read-write locks and semaphores with fencing tokens. */
@NullMarked
package io.gavel.client.lock;

import org.jspecify.annotations.NullMarked;
