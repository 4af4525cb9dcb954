package io.gavel.server.state.table;

import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;

/// A table that owns some of the clients' commands and queries.
public interface CommandTable extends Table {
    /// Executes one of the table's commands: checks everything, then changes what cannot fail (rule 34). A refusal is
    /// a result with `error` set and leaves no change. The caller fills in `revision`.
    CommandResult.Builder execute(Command command, ApplyContext context);

    /// Answers one of the table's queries from the state as applied so far. The caller fills in `revision`.
    QueryResult.Builder read(Query query, ReadContext context);
}
