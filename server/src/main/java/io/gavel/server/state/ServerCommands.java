package io.gavel.server.state;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Done;
import io.gavel.protocol.v1.Error;
import io.gavel.raft.check.Invariants;
import io.gavel.server.agent.ExitCode;
import io.gavel.server.agent.HaltException;
import io.gavel.server.entry.Envelope;
import io.gavel.server.entry.UnknownFields;
import io.gavel.server.entry.UnsupportedEntryException;
import io.gavel.server.entry.v1.ClockEntry;
import io.gavel.server.entry.v1.ClusterSettings;
import io.gavel.server.entry.v1.DigestVerdict;
import io.gavel.server.entry.v1.Renewal;
import io.gavel.server.entry.v1.ServerCommand;
import io.gavel.server.state.table.DigestValue;
import java.io.IOException;

/// Applies what only members write. Confined to the apply agent.
final class ServerCommands {
    private final Tables tables;
    private final SessionEnding ending;
    private final Checkpoints checkpoints;
    private boolean moreToExpire;
    /// Not replicated: what this member compared since its start.
    private long matchedIndex;

    ServerCommands(Tables tables, SessionEnding ending, Checkpoints checkpoints) {
        this.tables = tables;
        this.ending = ending;
        this.checkpoints = checkpoints;
    }

    /// Whether the last entry of time had to leave something due for the next one.
    boolean moreToExpire() {
        return moreToExpire;
    }

    /// The newest checkpoint at which this member's digest was the agreed one; 0 = none yet.
    long matchedIndex() {
        return matchedIndex;
    }

    void apply(Envelope envelope, EntryContext context) {
        ServerCommand command = decode(envelope);
        switch (command.getKindCase()) {
            case CLOCK -> advanceTime(command.getClock(), context);
            case CONTINUE_EXPIRY -> moreToExpire = ending.expire(context);
            case ANNOUNCE_MEMBER -> tables.members.announce(command.getAnnounceMember());
            case RAISE_FEATURE_LEVEL ->
                tables.header.raiseFeatureLevel(command.getRaiseFeatureLevel().getLevel());
            case DIGEST_VERDICT -> onVerdict(command.getDigestVerdict());
            case COMPACT_HISTORY ->
                ClientCommands.compactTo(
                        Math.min(command.getCompactHistory().getRevision(), context.revision()), tables, context);
            case CHANGE_SETTINGS -> changeSettings(command.getChangeSettings().getSettings());
            case KIND_NOT_SET -> throw new UnsupportedEntryException("unknown kind of server command");
        }
        context.answer(CommandResult.newBuilder()
                .setRevision(context.revision())
                .setDone(Done.getDefaultInstance())
                .build());
    }

    private static ServerCommand decode(Envelope envelope) {
        try {
            ServerCommand command = ServerCommand.parseFrom(CodedInputStream.newInstance(
                    envelope.payload().bytes(), Envelope.HEADER_BYTES, envelope.commandLength()));
            String unknown = UnknownFields.findIn(command);
            if (unknown != null) {
                throw new UnsupportedEntryException("server command with unknown " + unknown);
            }
            return command;
        } catch (InvalidProtocolBufferException e) {
            throw new UnsupportedEntryException("a logged server command cannot be decoded", e);
        } catch (IOException e) {
            throw new IllegalStateException("reading an array does not fail", e);
        }
    }

    /// Rule 1: T advances, clamped; then renewals count from the new T; then what is due ends.
    private void advanceTime(ClockEntry clock, EntryContext context) {
        long before = tables.header.nowNanos;
        long clamp = context.settings().getClockClampNanos();
        long advance = Long.compareUnsigned(clock.getAdvanceNanos(), clamp) > 0 ? clamp : clock.getAdvanceNanos();
        Invariants.check(before <= Long.MAX_VALUE - advance, "replicated time never overflows", before, advance);
        tables.header.nowNanos = before + advance;
        for (Renewal renewal : clock.getRenewalsList()) {
            Error refusal = tables.sessions.renew(renewal.getSessionId(), renewal.getProof(), before);
            context.tellRenewed(renewal.getSessionId(), renewal.getOriginMember(), renewal.getRenewalId(), refusal);
        }
        moreToExpire = ending.expire(context);
    }

    /// A member whose digest differs from what the majority agreed on must stop, the leader included (rule 31). One
    /// that has no digest for that index has not been compared.
    private void onVerdict(DigestVerdict verdict) {
        DigestValue agreed = DigestValue.of(verdict.getDigest());
        Checkpoint own = checkpoints.at(verdict.getIndex());
        if (own != null
                && own.digestVersion() == verdict.getDigestVersion()
                && !own.digest().equals(agreed)) {
            throw new HaltException(
                    ExitCode.STATE_DIVERGED,
                    "the state at index " + verdict.getIndex() + " has digest " + own.digest()
                            + ", the majority agreed on " + agreed);
        }
        if (own != null && own.digest().equals(agreed)) {
            matchedIndex = verdict.getIndex();
        }
        tables.header.verdict = new Checkpoint(verdict.getIndex(), verdict.getDigestVersion(), agreed);
    }

    /// Fields that are not set keep their value.
    private void changeSettings(ClusterSettings change) {
        tables.header.settings =
                tables.header.settings.toBuilder().mergeFrom(change).build();
    }
}
