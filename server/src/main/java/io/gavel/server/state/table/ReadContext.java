package io.gavel.server.state.table;

/// What a query may see of the state besides its own table.
///
/// @param revision the store's revision as applied
/// @param nowNanos replicated time
public record ReadContext(long revision, long nowNanos, LiveSessions sessions) {}
