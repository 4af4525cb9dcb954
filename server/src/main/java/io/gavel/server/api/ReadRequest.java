package io.gavel.server.api;

import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import java.util.function.Consumer;

/// One read on its way: what is asked, until when, and who hears the answer, exactly once.
///
/// @param deadlineNanos on the node's clock
public record ReadRequest(Query query, long deadlineNanos, Consumer<QueryResult> done) {}
