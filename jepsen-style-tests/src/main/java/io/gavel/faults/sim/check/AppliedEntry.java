package io.gavel.faults.sim.check;

import com.google.protobuf.InvalidProtocolBufferException;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.server.entry.Envelope;
import io.gavel.server.entry.RequestStamp;
import io.gavel.server.entry.v1.ServerCommand;
import java.util.Arrays;

/// A command entry, what it was answered, and what was there before and after it.
///
/// @param command what a client asked for; empty if a member wrote it
/// @param own what a member wrote; empty if a client asked for it
/// @param atNanos virtual time when the first member applied it
record AppliedEntry(
        EntryId id,
        RequestStamp stamp,
        Command command,
        ServerCommand own,
        CommandResult result,
        Step step,
        long atNanos) {
    /// The states around an entry.
    record Step(StateView before, StateView after) {}

    /// What the entry says, and where it stands.
    ///
    /// @throws InvalidProtocolBufferException if it says nothing that can be read
    static AppliedEntry of(Entry entry, CommandResult result, Step step, long atNanos)
            throws InvalidProtocolBufferException {
        Envelope envelope = Envelope.decode(entry.payload());
        byte[] command = Arrays.copyOfRange(
                entry.payload().bytes(), Envelope.HEADER_BYTES, Envelope.HEADER_BYTES + envelope.commandLength());
        return switch (envelope.origin()) {
            case CLIENT ->
                new AppliedEntry(
                        entry.id(),
                        envelope.stamp(),
                        Command.parseFrom(command),
                        ServerCommand.getDefaultInstance(),
                        result,
                        step,
                        atNanos);
            case SERVER ->
                new AppliedEntry(
                        entry.id(),
                        envelope.stamp(),
                        Command.getDefaultInstance(),
                        ServerCommand.parseFrom(command),
                        result,
                        step,
                        atNanos);
        };
    }

    StateView before() {
        return step.before();
    }

    StateView after() {
        return step.after();
    }

    /// The request as its session names it.
    String request() {
        return stamp.sessionId() + "/" + stamp.sequence();
    }

    boolean isRefused() {
        return result.hasError();
    }
}
