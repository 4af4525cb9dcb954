package io.gavel.raft.sim;

import io.gavel.raft.Effect;
import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.Event;
import io.gavel.raft.Message;
import java.util.List;

/// A running 64-bit hash of everything that happened in a run; equal hashes = the same run.
///
/// Built from numbers only: `hashCode` of enums and objects differs between JVMs.
final class TraceHash {
    private long hash = 0xcbf29ce484222325L;

    long value() {
        return hash;
    }

    TraceHash add(long number) {
        hash = (hash ^ number) * 0x9E3779B97F4A7C15L;
        hash ^= hash >>> 29;
        return this;
    }

    TraceHash add(EntryId id) {
        return add(id.term()).add(id.index());
    }

    private TraceHash add(List<Entry> entries) {
        add(entries.size());
        for (Entry entry : entries) {
            add(entry.id()).add(entry.kind().code());
            for (byte b : entry.payload().bytes()) {
                add(b);
            }
        }
        return this;
    }

    TraceHash add(Event event) {
        switch (event) {
            case Event.Tick e -> add(1).add(e.nowNanos());
            case Event.Received e -> add(2).add(e.from().value()).add(e.message());
            case Event.Propose e -> add(3).add(e.proposalId());
            case Event.ChangeConfiguration e -> add(4).add(e.proposalId());
            case Event.ReadIndex e -> add(5).add(e.readId());
            case Event.TransferLeadership e -> add(6).add(e.target().value());
            case Event.Persisted e -> add(7).add(e.writeId());
            case Event.Applied e -> add(8).add(e.index());
            case Event.SnapshotTaken e -> add(9).add(e.meta().lastIncluded());
            case Event.SnapshotInstalled e -> add(10).add(e.meta().lastIncluded());
            case Event.SnapshotSent e -> add(11).add(e.lastIncluded()).add(e.success() ? 1 : 0);
            case Event.RangeGone e -> add(12).add(e.firstIndex());
            case Event.PeerUnreachable e -> add(13).add(e.peer().value());
            case Event.LossFound e -> add(16).add(e.acknowledgedIndex());
            case Event.PeerDisconnected e -> add(14).add(e.peer().value());
            case Event.PeerRestarted e -> add(15).add(e.peer().value());
        }
        return this;
    }

    TraceHash add(Message message) {
        add(message.term());
        switch (message) {
            case Message.PreVote m -> add(1).add(m.lastEntry());
            case Message.PreVoteReply m -> add(2).add(m.granted() ? 1 : 0);
            case Message.RequestVote m -> add(3).add(m.lastEntry()).add(m.transfer() ? 1 : 0);
            case Message.VoteReply m -> add(4).add(m.granted() ? 1 : 0);
            case Message.AppendEntries m ->
                add(5).add(m.previous()).add(m.commitIndex()).add(m.readRound()).add(m.entries());
            case Message.AppendEntriesReply m -> add(6).add(m.success() ? 1 : 0).add(m.entry());
            case Message.Heartbeat m -> add(13).add(m.readRound());
            case Message.ReadRoundEcho m -> add(7).add(m.readRound());
            case Message.InstallSnapshot m -> add(8).add(m.meta().lastIncluded());
            case Message.InstallSnapshotReply m ->
                add(9).add(m.success() ? 1 : 0).add(m.lastIncluded());
            case Message.TimeoutNow m -> add(10);
            case Message.ReadIndexRequest m -> add(11).add(m.readId());
            case Message.ReadIndexReply m -> add(12).add(m.readId()).add(m.readIndex());
        }
        return this;
    }

    TraceHash add(Effect effect) {
        switch (effect) {
            case Effect.Persist e ->
                add(101).add(e.writeId()).add(e.truncateFrom()).add(e.entries());
            case Effect.ResetLog e -> add(102).add(e.writeId()).add(e.meta().lastIncluded());
            case Effect.MarkRepaired e -> add(103).add(e.writeId());
            case Effect.MarkRepairing e -> add(117).add(e.writeId()).add(e.until());
            case Effect.SendLogRange e ->
                add(104).add(e.to().value()).add(e.previous()).add(e.last());
            case Effect.CompactPrefix e -> add(105).add(e.through());
            case Effect.Send e -> add(106).add(e.to().value()).add(e.message());
            case Effect.SendSnapshot e -> add(107).add(e.to().value()).add(e.term());
            case Effect.Apply e -> add(108).add(e.entries());
            case Effect.ApplyLogRange e -> add(109).add(e.first()).add(e.last());
            case Effect.InstallSnapshot e -> add(110).add(e.meta().lastIncluded());
            case Effect.ReadReady e -> add(111).add(e.readId()).add(e.readIndex());
            case Effect.ProposalAppended e -> add(112).add(e.proposalId()).add(e.id());
            case Effect.Rejected e ->
                add(113).add(e.correlationId()).add(e.reason().name().hashCode());
            case Effect.RoleChanged e ->
                add(114).add(e.role().name().hashCode()).add(e.term());
            case Effect.ConfigurationCommitted e -> add(115).add(e.index());
        }
        return this;
    }
}
