package io.gavel.client;

/**
 * A change of {@link ConnectionState}.
 *
 * @param endpoint the member concerned; empty when none is
 */
public record ConnectionEvent(ConnectionState before, ConnectionState now, String endpoint, String reason) {}
