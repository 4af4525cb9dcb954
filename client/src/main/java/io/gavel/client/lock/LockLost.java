package io.gavel.client.lock;

/** A grant that was lost. */
public record LockLost(String name, long fencingToken, LossReason reason) {}
