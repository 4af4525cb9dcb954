package io.gavel.client.internal.view;

import com.google.protobuf.ByteString;
import io.gavel.client.internal.core.ClientCore;
import io.gavel.client.internal.core.SessionSlot;
import io.gavel.client.internal.runner.Call;
import io.gavel.client.internal.runner.Calls;
import io.gavel.client.internal.runner.GrpcTransport;
import io.gavel.client.internal.runner.Operation;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import java.util.function.Function;

/** What every view works with: the logic, how to call it, and the session that its calls belong to. */
public record Context(ClientCore core, Calls calls, SessionSlot slot, GrpcTransport transport, Endpoints endpoints) {
    /** Where unary calls of operators go. */
    @FunctionalInterface
    public interface Endpoints {
        /** The configured endpoints. */
        Iterable<String> all();
    }

    /** The same for calls with another deadline. */
    Context withCalls(Calls others) {
        return new Context(core, others, slot, transport, endpoints);
    }

    /** The same for calls of another session. */
    Context withSlot(SessionSlot other) {
        return new Context(core, calls, other, transport, endpoints);
    }

    /** A question, and how its answer is shown. */
    <R> Call<R> read(Query.Builder query, Function<QueryResult, R> map) {
        Query message = query.build();
        return call((deadline, completion) -> core.read(message, deadline, completion), map);
    }

    /** A command of this session, and how its result is shown. */
    <R> Call<R> execute(Command.Builder command, Function<CommandResult, R> map) {
        ByteString message = command.build().toByteString();
        return call((deadline, completion) -> core.execute(slot, message, deadline, completion), map);
    }

    /** Anything else. */
    <T, R> Call<R> call(Operation<T> operation, Function<? super T, R> map) {
        return Call.of(calls, operation, map);
    }
}
