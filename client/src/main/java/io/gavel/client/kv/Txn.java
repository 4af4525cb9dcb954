package io.gavel.client.kv;

import java.util.concurrent.CompletableFuture;

/**
 * Builds one transaction: all its operations at one revision, or none. At most 128 compares, guards and operations.
 * Not thread-safe, and committed once.
 */
public interface Txn {
    /** Adds conditions that choose between {@link #then} and {@link #otherwise}. */
    Txn when(Compare... compares);

    /** Adds guards: if one does not hold, the transaction fails with {@code ConflictException}. */
    Txn when(Guard... guards);

    /** Adds operations for when every compare holds. */
    Txn then(Op... operations);

    /** Adds operations for when some compare does not hold. */
    Txn otherwise(Op... operations);

    /** Runs it. */
    TxnResult commit();

    /** Runs it. */
    CompletableFuture<TxnResult> commitAsync();
}
