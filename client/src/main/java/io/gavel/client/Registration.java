package io.gavel.client;

/** A listener that is told; close it to be told no more. Closing is idempotent. */
public interface Registration extends AutoCloseable {
    @Override
    void close();
}
