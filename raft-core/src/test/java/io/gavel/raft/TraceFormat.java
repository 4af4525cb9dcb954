package io.gavel.raft;

import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.ConfigurationCodec;
import io.gavel.raft.quorum.Member;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/// One readable line for each effect in a scenario's trace.
final class TraceFormat {
    private TraceFormat() {}

    static String of(Effect effect) {
        return switch (effect) {
            case Effect.Persist p ->
                "persist #" + p.writeId() + " " + of(p.hardState())
                        + (p.truncateFrom() > 0 ? " truncate-from=" + p.truncateFrom() : "")
                        + (p.entries().isEmpty() ? "" : " " + of(p.entries()));
            case Effect.ResetLog r ->
                "reset-log #" + r.writeId() + " after=" + r.meta().lastIncluded();
            case Effect.MarkRepaired m -> "mark-repaired #" + m.writeId();
            case Effect.MarkRepairing m -> "mark-repairing #" + m.writeId() + " until=" + m.until();
            case Effect.SendLogRange r ->
                "send-log-range to " + r.to() + " previous=" + r.previous() + " last=" + r.last();
            case Effect.CompactPrefix c -> "compact through=" + c.through();
            case Effect.Send s -> "-> " + s.to() + " " + of(s.message());
            case Effect.SendSnapshot s -> "-> " + s.to() + " snapshot term=" + s.term();
            case Effect.Apply a -> "apply " + of(a.entries());
            case Effect.ApplyLogRange a -> "apply-log-range " + a.first() + ".." + a.last();
            case Effect.InstallSnapshot i -> "install-snapshot " + i.meta().lastIncluded();
            case Effect.ReadReady r -> "read-ready " + r.readId() + " at " + r.readIndex();
            case Effect.ProposalAppended p -> "appended " + p.proposalId() + " as " + p.id();
            case Effect.Rejected r -> "rejected " + r.correlationId() + " " + r.reason() + " leader=" + r.leader();
            case Effect.RoleChanged r -> "role " + r.role() + " term=" + r.term() + " leader=" + r.leader();
            case Effect.ConfigurationCommitted c -> "configuration " + c.index() + " " + of(c.configuration());
        };
    }

    static String of(Message message) {
        String term = " term=" + message.term();
        return switch (message) {
            case Message.PreVote m -> "pre-vote" + term + " last=" + m.lastEntry();
            case Message.PreVoteReply m -> "pre-vote-reply" + term + (m.granted() ? " granted" : " refused");
            case Message.RequestVote m ->
                "request-vote" + term + " last=" + m.lastEntry() + (m.transfer() ? " transfer" : "");
            case Message.VoteReply m -> "vote-reply" + term + (m.granted() ? " granted" : " refused");
            case Message.AppendEntries m ->
                "append" + term + " previous=" + m.previous() + " commit=" + m.commitIndex()
                        + (m.readRound() == 0 ? "" : " round=" + m.readRound())
                        + (m.entries().isEmpty() ? "" : " " + of(m.entries()));
            case Message.AppendEntriesReply m ->
                "append-reply" + term
                        + (m.success()
                                ? " durable=" + m.entry()
                                : " refused " + m.rejectedPreviousIndex() + " hint=" + m.entry());
            case Message.Heartbeat m -> "heartbeat" + term + " round=" + m.readRound();
            case Message.ReadRoundEcho m -> "echo" + term + " round=" + m.readRound();
            case Message.InstallSnapshot m ->
                "install-snapshot" + term + " " + m.meta().lastIncluded();
            case Message.InstallSnapshotReply m ->
                "install-snapshot-reply" + term + (m.success() ? " ok " : " failed ") + m.lastIncluded();
            case Message.TimeoutNow _ -> "timeout-now" + term;
            // Tokens are random by design; a trace only shows that one is there.
            case Message.ReadIndexRequest _ -> "read-index" + term;
            case Message.ReadIndexReply m -> "read-index-reply" + term + " at " + m.readIndex();
        };
    }

    static String of(HardState hardState) {
        return "term=" + hardState.currentTerm() + " vote=" + hardState.votedFor();
    }

    static String of(List<Entry> entries) {
        return entries.stream().map(TraceFormat::of).collect(Collectors.joining(", ", "[", "]"));
    }

    private static String of(Entry entry) {
        String content = switch (entry.kind()) {
            case NO_OP -> "no-op";
            case COMMAND -> new String(entry.payload().bytes(), StandardCharsets.UTF_8);
            case CONFIGURATION -> of(ConfigurationCodec.decode(entry.payload().bytes()));
        };
        return entry.id() + " " + content;
    }

    static String of(Configuration configuration) {
        String text = ids(configuration.voters());
        if (configuration.isJoint()) {
            text += " outgoing " + ids(configuration.outgoingVoters());
        }
        return configuration.learners().isEmpty() ? text : text + " learners " + ids(configuration.learners());
    }

    private static String ids(List<Member> members) {
        return members.stream().map(member -> member.id().toString()).collect(Collectors.joining(",", "{", "}"));
    }

    static String of(RaftStatus status) {
        return status.self() + ": " + status.role() + " " + of(status.hardState()) + " leader=" + status.leader()
                + " last=" + status.lastEntry() + " persisted=" + status.persistedIndex() + " commit="
                + status.commitIndex() + " applied=" + status.lastApplied() + " "
                + of(status.configuration());
    }
}
