package io.gavel.client.internal.core;

import com.google.protobuf.ByteString;
import io.gavel.client.kv.Guard;
import io.gavel.client.lock.LockOptions;
import org.jspecify.annotations.Nullable;

/**
 * What to ask for.
 *
 * @param election a leadership, with {@code proposal}; else a lock, with {@code lock}
 * @param waitNanos how long to stay in the queue; 0 = try once; -1 = as long as the session lives
 */
public record GrantRequest(
        String name,
        boolean election,
        ByteString proposal,
        @Nullable LockOptions lock,
        long waitNanos) {
    /** Wait as long as the session lives. */
    public static final long FOR_EVER = -1;

    /** Asks for a lock. */
    public static GrantRequest lock(String name, LockOptions options, long waitNanos) {
        return new GrantRequest(name, false, ByteString.EMPTY, options, waitNanos);
    }

    /** Asks for a leadership. */
    public static GrantRequest leadership(String name, ByteString proposal, long waitNanos) {
        return new GrantRequest(name, true, proposal, null, waitNanos);
    }

    /** The guard that holds while the grant with this token does. */
    public Guard guard(long token) {
        return election ? new Guard.LeadershipHeld(name, token) : new Guard.LockHeld(name, token);
    }
}
