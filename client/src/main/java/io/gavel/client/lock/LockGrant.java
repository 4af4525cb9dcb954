package io.gavel.client.lock;

import io.gavel.client.kv.Guard;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * The proof of holding. An object, not a property of a thread: pass it to any thread or future. It lives as long as its
 * session is renewed, which happens by itself, until it is released or lost.
 */
public interface LockGrant extends AutoCloseable {
    /** The lock's name. */
    String name();

    /** Greater than the token of every earlier grant of any lock or election, for ever. */
    long fencingToken();

    /** The session that holds. */
    long sessionId();

    /**
     * Whether the lock is surely held. Local and pessimistic: it turns false before the cluster may grant to someone
     * else, provided that clocks drift less than 0.5 %, and stays false. Needs no I/O; call it as often as you like.
     */
    boolean isHeld();

    /** How long {@link #isHeld()} stays true without another renewal; zero when it is false. */
    Duration safeFor();

    /**
     * One line before each side effect.
     *
     * @return this
     * @throws io.gavel.client.error.OwnershipLostException if {@link #isHeld()} is false
     */
    LockGrant requireHeld();

    /** Asks the cluster, linearizably, whether the grant is in force. */
    CompletableFuture<Boolean> confirm();

    /** Completes once, if the grant is lost; never after a release. */
    CompletionStage<LockLost> lost();

    /**
     * Tells the loss, exactly once, also when registered after it; never after a release. May block.
     *
     * @return this
     */
    LockGrant onLost(Consumer<LockLost> callback);

    /**
     * Interrupts {@code thread} if the grant is lost; not after {@link #release()} or {@link #close()} has returned.
     *
     * @return this
     */
    LockGrant interruptOnLoss(Thread thread);

    /** For transactions and config releases that must not happen unless this grant is in force. */
    Guard guard();

    /**
     * Gives the lock back and waits until that is recorded.
     *
     * @throws io.gavel.client.error.OwnershipLostException if it was lost meanwhile
     */
    void release();

    /** Gives the lock back; completes with true, or as {@link #release()} throws. */
    CompletableFuture<Boolean> releaseAsync();

    /**
     * Gives the lock back without waiting for the answer; goes on in the background. Idempotent. A loss is not thrown
     * here, so that it cannot hide an exception of the body: it is told to {@link #onLost}.
     */
    @Override
    void close();
}
