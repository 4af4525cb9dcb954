package io.gavel.client.internal.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.gavel.client.Bytes;
import io.gavel.client.kv.Guard;
import io.gavel.protocol.v1.TokenGuard;
import java.util.ArrayList;
import java.util.List;

/** Turns what users say into messages. */
public final class Wire {
    private Wire() {}

    /** Without a second copy: {@code toByteArray} made one. */
    public static ByteString bytes(Bytes bytes) {
        return UnsafeByteOperations.unsafeWrap(bytes.toByteArray());
    }

    /** Guards. */
    public static List<io.gavel.protocol.v1.Guard> guards(List<Guard> guards) {
        List<io.gavel.protocol.v1.Guard> messages = new ArrayList<>(guards.size());
        for (Guard guard : guards) {
            messages.add(guard(guard));
        }
        return messages;
    }

    private static io.gavel.protocol.v1.Guard guard(Guard guard) {
        io.gavel.protocol.v1.Guard.Builder message = io.gavel.protocol.v1.Guard.newBuilder();
        if (guard instanceof Guard.LockHeld lock) {
            return message.setLock(token(lock.name(), lock.token())).build();
        }
        if (guard instanceof Guard.LeadershipHeld election) {
            return message.setElection(token(election.name(), election.token())).build();
        }
        return message.setSessionAlive(((Guard.SessionAlive) guard).sessionId()).build();
    }

    private static TokenGuard token(String name, long token) {
        return TokenGuard.newBuilder().setName(name).setToken(token).build();
    }
}
