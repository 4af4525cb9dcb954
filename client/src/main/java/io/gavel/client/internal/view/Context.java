package io.gavel.client.internal.view;

import com.google.protobuf.ByteString;
import io.gavel.client.internal.core.ClientCore;
import io.gavel.client.internal.core.SessionSlot;
import io.gavel.client.internal.runner.Calls;
import io.gavel.client.internal.runner.GrpcTransport;
import io.gavel.client.internal.runner.Operation;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;

/** What every view works with: the logic, how to call it, and the session that its calls belong to. */
public record Context(ClientCore core, Calls calls, SessionSlot slot, GrpcTransport transport, Endpoints endpoints) {
    /** Where unary calls of operators go. */
    @FunctionalInterface
    public interface Endpoints {
        /** The configured endpoints. */
        Iterable<String> all();
    }

    Operation<QueryResult> read(Query.Builder query) {
        Query message = query.build();
        return (deadline, completion) -> core.read(message, deadline, completion);
    }

    Operation<CommandResult> execute(Command.Builder command) {
        ByteString message = command.build().toByteString();
        return (deadline, completion) -> core.execute(slot, message, deadline, completion);
    }
}
