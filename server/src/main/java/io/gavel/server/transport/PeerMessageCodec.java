package io.gavel.server.transport;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import io.gavel.protocol.v1.Error;
import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.EntryKind;
import io.gavel.raft.Message;
import io.gavel.raft.Payload;
import io.gavel.raft.SnapshotMeta;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.ConfigurationChange;
import io.gavel.raft.quorum.ConfigurationCodec;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.peer.v1.AppendEntries;
import io.gavel.server.peer.v1.AppendEntriesReply;
import io.gavel.server.peer.v1.DigestReport;
import io.gavel.server.peer.v1.EntryPosition;
import io.gavel.server.peer.v1.ForwardedControl;
import io.gavel.server.peer.v1.ForwardedControlReply;
import io.gavel.server.peer.v1.ForwardedProposal;
import io.gavel.server.peer.v1.ForwardedProposalReply;
import io.gavel.server.peer.v1.ForwardedRenewal;
import io.gavel.server.peer.v1.ForwardedRenewals;
import io.gavel.server.peer.v1.Heartbeat;
import io.gavel.server.peer.v1.InstallSnapshot;
import io.gavel.server.peer.v1.InstallSnapshotReply;
import io.gavel.server.peer.v1.LogEntry;
import io.gavel.server.peer.v1.MemberDescription;
import io.gavel.server.peer.v1.PeerFrame;
import io.gavel.server.peer.v1.ReadIndexReply;
import io.gavel.server.peer.v1.ReadIndexRequest;
import io.gavel.server.peer.v1.ReadRoundEcho;
import io.gavel.server.peer.v1.ReplaceMember;
import io.gavel.server.peer.v1.SpaceReport;
import io.gavel.server.peer.v1.TimeoutNow;
import io.gavel.server.peer.v1.Uuid;
import io.gavel.server.peer.v1.Vote;
import io.gavel.server.peer.v1.VoteAnswer;
import io.gavel.server.state.Checkpoint;
import io.gavel.server.state.table.DigestValue;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Turns [PeerMessage]s into frames of the peer protocol and back. Payload bytes are wrapped, not copied, on the way
/// out.
public final class PeerMessageCodec {
    private PeerMessageCodec() {}

    static PeerFrame encode(PeerMessage message) {
        PeerFrame.Builder frame = PeerFrame.newBuilder();
        switch (message) {
            case PeerMessage.Consensus consensus -> encode(consensus.message(), frame);
            case PeerMessage.ForwardedProposal m ->
                frame.setForwardedProposal(ForwardedProposal.newBuilder()
                        .setRequestId(m.requestId())
                        .setRemainingNanos(m.remainingNanos())
                        .setEnvelope(wrap(m.envelope())));
            case PeerMessage.ForwardedProposalReply m -> frame.setForwardedProposalReply(proposalReply(m));
            case PeerMessage.ForwardedRenewals m -> frame.setForwardedRenewals(renewals(m));
            case PeerMessage.ForwardedControl m -> frame.setForwardedControl(control(m));
            case PeerMessage.ForwardedControlReply m ->
                frame.setForwardedControlReply(ForwardedControlReply.newBuilder()
                        .setRequestId(m.requestId())
                        .setError(encodeError(m.error())));
            case PeerMessage.DigestReport m ->
                frame.setDigestReport(DigestReport.newBuilder()
                        .setIndex(m.checkpoint().index())
                        .setDigestVersion(m.checkpoint().digestVersion())
                        .setDigest(m.checkpoint().digest().toBytes()));
            case PeerMessage.SpaceReport m ->
                frame.setSpaceReport(SpaceReport.newBuilder().setShort(m.isShort()));
        }
        return frame.build();
    }

    private static void encode(Message message, PeerFrame.Builder frame) {
        switch (message) {
            case Message.PreVote m -> frame.setPreVote(vote(m.term(), m.lastEntry(), false));
            case Message.PreVoteReply m -> frame.setPreVoteReply(answer(m.term(), m.granted()));
            case Message.RequestVote m -> frame.setRequestVote(vote(m.term(), m.lastEntry(), m.transfer()));
            case Message.VoteReply m -> frame.setVoteReply(answer(m.term(), m.granted()));
            case Message.AppendEntries m -> frame.setAppendEntries(append(m));
            case Message.AppendEntriesReply m ->
                frame.setAppendEntriesReply(AppendEntriesReply.newBuilder()
                        .setTerm(m.term())
                        .setSuccess(m.success())
                        .setEntry(position(m.entry()))
                        .setRejectedPreviousIndex(m.rejectedPreviousIndex()));
            case Message.Heartbeat m ->
                frame.setHeartbeat(Heartbeat.newBuilder().setTerm(m.term()).setReadRound(m.readRound()));
            case Message.ReadRoundEcho m ->
                frame.setReadRoundEcho(
                        ReadRoundEcho.newBuilder().setTerm(m.term()).setReadRound(m.readRound()));
            case Message.InstallSnapshot m ->
                frame.setInstallSnapshot(InstallSnapshot.newBuilder()
                        .setTerm(m.term())
                        .setLastIncluded(position(m.meta().lastIncluded()))
                        .setConfiguration(UnsafeByteOperations.unsafeWrap(
                                ConfigurationCodec.encode(m.meta().configuration()))));
            case Message.InstallSnapshotReply m ->
                frame.setInstallSnapshotReply(InstallSnapshotReply.newBuilder()
                        .setTerm(m.term())
                        .setSuccess(m.success())
                        .setLastIncluded(position(m.lastIncluded())));
            case Message.TimeoutNow m ->
                frame.setTimeoutNow(TimeoutNow.newBuilder().setTerm(m.term()));
            case Message.ReadIndexRequest m ->
                frame.setReadIndexRequest(
                        ReadIndexRequest.newBuilder().setTerm(m.term()).setReadId(m.readId()));
            case Message.ReadIndexReply m ->
                frame.setReadIndexReply(ReadIndexReply.newBuilder()
                        .setTerm(m.term())
                        .setReadId(m.readId())
                        .setReadIndex(m.readIndex()));
        }
    }

    /// Throws `IllegalArgumentException` for a frame that is malformed or of a kind this version does not know.
    public static PeerMessage decode(PeerFrame frame) {
        return switch (frame.getKindCase()) {
            case PRE_VOTE ->
                consensus(new Message.PreVote(
                        frame.getPreVote().getTerm(), entryId(frame.getPreVote().getLastEntry())));
            case PRE_VOTE_REPLY ->
                consensus(new Message.PreVoteReply(
                        frame.getPreVoteReply().getTerm(),
                        frame.getPreVoteReply().getGranted()));
            case REQUEST_VOTE -> {
                Vote m = frame.getRequestVote();
                yield consensus(new Message.RequestVote(m.getTerm(), entryId(m.getLastEntry()), m.getTransfer()));
            }
            case VOTE_REPLY ->
                consensus(new Message.VoteReply(
                        frame.getVoteReply().getTerm(), frame.getVoteReply().getGranted()));
            case APPEND_ENTRIES -> consensus(append(frame.getAppendEntries()));
            case APPEND_ENTRIES_REPLY -> {
                AppendEntriesReply m = frame.getAppendEntriesReply();
                yield consensus(new Message.AppendEntriesReply(
                        m.getTerm(), m.getSuccess(), entryId(m.getEntry()), m.getRejectedPreviousIndex()));
            }
            case HEARTBEAT ->
                consensus(new Message.Heartbeat(
                        frame.getHeartbeat().getTerm(), frame.getHeartbeat().getReadRound()));
            case READ_ROUND_ECHO ->
                consensus(new Message.ReadRoundEcho(
                        frame.getReadRoundEcho().getTerm(),
                        frame.getReadRoundEcho().getReadRound()));
            case INSTALL_SNAPSHOT -> consensus(installSnapshot(frame.getInstallSnapshot()));
            case INSTALL_SNAPSHOT_REPLY -> {
                InstallSnapshotReply m = frame.getInstallSnapshotReply();
                yield consensus(
                        new Message.InstallSnapshotReply(m.getTerm(), m.getSuccess(), entryId(m.getLastIncluded())));
            }
            case TIMEOUT_NOW ->
                consensus(new Message.TimeoutNow(frame.getTimeoutNow().getTerm()));
            case READ_INDEX_REQUEST ->
                consensus(new Message.ReadIndexRequest(
                        frame.getReadIndexRequest().getTerm(),
                        frame.getReadIndexRequest().getReadId()));
            case READ_INDEX_REPLY -> {
                ReadIndexReply m = frame.getReadIndexReply();
                yield consensus(new Message.ReadIndexReply(m.getTerm(), m.getReadId(), m.getReadIndex()));
            }
            case FORWARDED_PROPOSAL -> proposal(frame.getForwardedProposal());
            case FORWARDED_PROPOSAL_REPLY -> proposalReply(frame.getForwardedProposalReply());
            case FORWARDED_RENEWALS -> renewals(frame.getForwardedRenewals());
            case FORWARDED_CONTROL -> control(frame.getForwardedControl());
            case FORWARDED_CONTROL_REPLY ->
                new PeerMessage.ForwardedControlReply(
                        frame.getForwardedControlReply().getRequestId(),
                        decodeError(frame.getForwardedControlReply().getError()));
            case DIGEST_REPORT -> digestReport(frame.getDigestReport());
            case SPACE_REPORT ->
                new PeerMessage.SpaceReport(frame.getSpaceReport().getShort());
            case KIND_NOT_SET -> throw new IllegalArgumentException("peer frame of an unknown kind");
        };
    }

    private static PeerMessage digestReport(DigestReport m) {
        return new PeerMessage.DigestReport(
                new Checkpoint(m.getIndex(), m.getDigestVersion(), DigestValue.of(m.getDigest())));
    }

    private static Message installSnapshot(InstallSnapshot m) {
        Configuration configuration =
                ConfigurationCodec.decode(m.getConfiguration().toByteArray());
        return new Message.InstallSnapshot(m.getTerm(), new SnapshotMeta(entryId(m.getLastIncluded()), configuration));
    }

    private static PeerMessage proposal(ForwardedProposal m) {
        return new PeerMessage.ForwardedProposal(
                m.getRequestId(),
                m.getRemainingNanos(),
                Payload.wrap(m.getEnvelope().toByteArray()));
    }

    static EntryPosition position(EntryId id) {
        return EntryPosition.newBuilder()
                .setTerm(id.term())
                .setIndex(id.index())
                .build();
    }

    static EntryId entryId(EntryPosition position) {
        return new EntryId(position.getTerm(), position.getIndex());
    }

    static Uuid uuid(MemberUuid uuid) {
        return Uuid.newBuilder().setHigh(uuid.high()).setLow(uuid.low()).build();
    }

    static MemberUuid memberUuid(Uuid uuid) {
        return new MemberUuid(uuid.getHigh(), uuid.getLow());
    }

    private static PeerMessage consensus(Message message) {
        return new PeerMessage.Consensus(message);
    }

    private static Vote vote(long term, EntryId lastEntry, boolean transfer) {
        return Vote.newBuilder()
                .setTerm(term)
                .setLastEntry(position(lastEntry))
                .setTransfer(transfer)
                .build();
    }

    private static VoteAnswer answer(long term, boolean granted) {
        return VoteAnswer.newBuilder().setTerm(term).setGranted(granted).build();
    }

    private static AppendEntries append(Message.AppendEntries m) {
        AppendEntries.Builder append = AppendEntries.newBuilder()
                .setTerm(m.term())
                .setPrevious(position(m.previous()))
                .setCommitIndex(m.commitIndex())
                .setReadRound(m.readRound());
        for (Entry entry : m.entries()) {
            append.addEntries(LogEntry.newBuilder()
                    .setTerm(entry.term())
                    .setKind(entry.kind().code())
                    .setPayload(wrap(entry.payload())));
        }
        return append.build();
    }

    private static Message.AppendEntries append(AppendEntries m) {
        EntryId previous = entryId(m.getPrevious());
        List<Entry> entries = new ArrayList<>(m.getEntriesCount());
        long index = previous.index();
        for (LogEntry entry : m.getEntriesList()) {
            index++;
            entries.add(new Entry(
                    new EntryId(entry.getTerm(), index),
                    EntryKind.ofCode(entry.getKind()),
                    Payload.wrap(entry.getPayload().toByteArray())));
        }
        return new Message.AppendEntries(m.getTerm(), previous, entries, m.getCommitIndex(), m.getReadRound());
    }

    private static ForwardedProposalReply proposalReply(PeerMessage.ForwardedProposalReply m) {
        ForwardedProposalReply.Builder reply =
                ForwardedProposalReply.newBuilder().setRequestId(m.requestId()).setError(encodeError(m.error()));
        if (m.entry() != null) {
            reply.setEntry(position(m.entry()));
        }
        return reply.build();
    }

    private static PeerMessage proposalReply(ForwardedProposalReply m) {
        return new PeerMessage.ForwardedProposalReply(
                m.getRequestId(), m.hasEntry() ? entryId(m.getEntry()) : null, decodeError(m.getError()));
    }

    private static ForwardedRenewals renewals(PeerMessage.ForwardedRenewals m) {
        ForwardedRenewals.Builder renewals = ForwardedRenewals.newBuilder();
        for (PeerMessage.SessionRenewal renewal : m.renewals()) {
            renewals.addRenewals(ForwardedRenewal.newBuilder()
                    .setSessionId(renewal.sessionId())
                    .setProof(renewal.proof())
                    .setRenewalId(renewal.renewalId()));
        }
        return renewals.build();
    }

    private static PeerMessage renewals(ForwardedRenewals m) {
        List<PeerMessage.SessionRenewal> renewals = new ArrayList<>(m.getRenewalsCount());
        for (ForwardedRenewal renewal : m.getRenewalsList()) {
            renewals.add(
                    new PeerMessage.SessionRenewal(renewal.getSessionId(), renewal.getProof(), renewal.getRenewalId()));
        }
        return new PeerMessage.ForwardedRenewals(renewals);
    }

    private static ForwardedControl control(PeerMessage.ForwardedControl m) {
        ForwardedControl.Builder control =
                ForwardedControl.newBuilder().setRequestId(m.requestId()).setRemainingNanos(m.remainingNanos());
        switch (m.request()) {
            case PeerMessage.ControlRequest.TransferLeadership transfer ->
                control.setTransferTo(transfer.to() == null ? 0 : transfer.to().value());
            case PeerMessage.ControlRequest.ChangeMembership membership -> {
                switch (membership.change()) {
                    case ConfigurationChange.AddLearner add ->
                        control.setAddLearner(MemberDescription.newBuilder()
                                .setMemberId(add.member().id().value())
                                .setUuid(uuid(add.member().uuid()))
                                .setPeerAddress(add.member().peerAddress()));
                    case ConfigurationChange.Promote promote ->
                        control.setPromote(promote.learner().value());
                    case ConfigurationChange.Remove remove ->
                        control.setRemove(remove.member().value());
                    case ConfigurationChange.Replace replace ->
                        control.setReplace(ReplaceMember.newBuilder()
                                .setOutgoing(replace.outgoing().value())
                                .setLearner(replace.learner().value()));
                }
            }
        }
        return control.build();
    }

    private static PeerMessage control(ForwardedControl m) {
        PeerMessage.ControlRequest request = switch (m.getKindCase()) {
            case ADD_LEARNER ->
                change(new ConfigurationChange.AddLearner(new Member(
                        new NodeId(m.getAddLearner().getMemberId()),
                        memberUuid(m.getAddLearner().getUuid()),
                        m.getAddLearner().getPeerAddress())));
            case PROMOTE -> change(new ConfigurationChange.Promote(new NodeId(m.getPromote())));
            case REMOVE -> change(new ConfigurationChange.Remove(new NodeId(m.getRemove())));
            case REPLACE ->
                change(new ConfigurationChange.Replace(
                        new NodeId(m.getReplace().getOutgoing()),
                        new NodeId(m.getReplace().getLearner())));
            case TRANSFER_TO ->
                new PeerMessage.ControlRequest.TransferLeadership(
                        m.getTransferTo() == 0 ? null : new NodeId(m.getTransferTo()));
            case KIND_NOT_SET -> throw new IllegalArgumentException("control request of an unknown kind");
        };
        return new PeerMessage.ForwardedControl(m.getRequestId(), m.getRemainingNanos(), request);
    }

    private static PeerMessage.ControlRequest change(ConfigurationChange change) {
        return new PeerMessage.ControlRequest.ChangeMembership(change);
    }

    private static ByteString wrap(Payload payload) {
        return UnsafeByteOperations.unsafeWrap(payload.bytes());
    }

    private static ByteString encodeError(@Nullable Error error) {
        return error == null ? ByteString.EMPTY : error.toByteString();
    }

    private static @Nullable Error decodeError(ByteString bytes) {
        if (bytes.isEmpty()) {
            return null;
        }
        try {
            return Error.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException("malformed error in a peer frame", e);
        }
    }
}
