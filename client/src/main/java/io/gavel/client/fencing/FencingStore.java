package io.gavel.client.fencing;

/**
 * Remembers, for each resource, the highest fencing token that has touched it. The resource asks before each write;
 * a lock holder that was paused and overtaken is then refused, whatever it believes about its lock.
 *
 * <p>The check and the write must be one step for the resource: a check on one machine and a write on another let an
 * overtaken holder slip in between. In a database, keep the token in the row that is written and put the comparison
 * into the same statement.
 */
@FunctionalInterface
public interface FencingStore {
    /**
     * Admits the holder of {@code token} unless a higher one was admitted before; the same one may come again. What is
     * admitted is remembered as long as the resource exists, across restarts of whoever guards it. Any thread.
     *
     * @param resource what is written to; tokens of different resources do not concern each other
     * @param token {@code LockGrant.fencingToken()} of the holder
     */
    boolean admit(String resource, long token);
}
