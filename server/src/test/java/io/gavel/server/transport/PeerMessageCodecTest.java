package io.gavel.server.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.EntryKind;
import io.gavel.raft.Message;
import io.gavel.raft.Payload;
import io.gavel.raft.SnapshotMeta;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.ConfigurationChange;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.peer.v1.PeerFrame;
import io.gavel.server.state.Checkpoint;
import io.gavel.server.state.table.DigestValue;
import io.gavel.server.transport.PeerMessage.ControlRequest;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class PeerMessageCodecTest {
    private static final EntryId ENTRY = new EntryId(7, 41);
    private static final Member MEMBER = new Member(new NodeId(4), new MemberUuid(-1, 2), "127.0.0.1:7431");

    static Stream<PeerMessage> messages() {
        return Stream.concat(consensusMessages().map(PeerMessage.Consensus::new), memberMessages());
    }

    private static Stream<Message> consensusMessages() {
        List<Entry> entries = List.of(
                new Entry(new EntryId(7, 42), EntryKind.NO_OP, Payload.EMPTY),
                new Entry(new EntryId(8, 43), EntryKind.COMMAND, Payload.wrap(new byte[] {1, 2, 3})),
                new Entry(new EntryId(8, 44), EntryKind.CONFIGURATION, Payload.wrap(new byte[] {-1})));
        Configuration joint = new Configuration(List.of(MEMBER), List.of(MEMBER), List.of());
        return Stream.of(
                new Message.PreVote(9, ENTRY),
                new Message.PreVoteReply(9, true),
                new Message.RequestVote(9, ENTRY, true),
                new Message.RequestVote(9, EntryId.ZERO, false),
                new Message.VoteReply(Long.MAX_VALUE, false),
                new Message.AppendEntries(9, ENTRY, entries, 40, 77),
                new Message.AppendEntries(9, ENTRY, List.of(), 41, 0),
                new Message.AppendEntriesReply(9, true, ENTRY, 0),
                new Message.AppendEntriesReply(9, false, EntryId.ZERO, 41),
                new Message.Heartbeat(9, 78),
                new Message.ReadRoundEcho(9, 78),
                new Message.InstallSnapshot(9, new SnapshotMeta(ENTRY, joint)),
                new Message.InstallSnapshotReply(9, true, ENTRY),
                new Message.TimeoutNow(9),
                new Message.ReadIndexRequest(9, 5),
                new Message.ReadIndexReply(9, 5, -1),
                new Message.ReadIndexReply(9, 5, 41));
    }

    private static Stream<PeerMessage> memberMessages() {
        Error error = Error.newBuilder()
                .setCode(ErrorCode.OVERLOADED)
                .setMessage("full")
                .build();
        return Stream.of(
                new PeerMessage.ForwardedProposal(3, 5_000_000_000L, Payload.wrap(new byte[] {9})),
                new PeerMessage.ForwardedProposalReply(3, ENTRY, null),
                new PeerMessage.ForwardedProposalReply(3, null, error),
                new PeerMessage.ForwardedRenewals(
                        List.of(new PeerMessage.SessionRenewal(1, -2, 3), new PeerMessage.SessionRenewal(4, 5, -6))),
                control(new ConfigurationChange.AddLearner(MEMBER)),
                control(new ConfigurationChange.Promote(new NodeId(4))),
                control(new ConfigurationChange.Remove(new NodeId(4))),
                control(new ConfigurationChange.Replace(new NodeId(1), new NodeId(4))),
                new PeerMessage.ForwardedControl(3, 1, new ControlRequest.TransferLeadership(new NodeId(2))),
                new PeerMessage.ForwardedControl(3, 1, new ControlRequest.TransferLeadership(null)),
                new PeerMessage.ForwardedControlReply(3, null),
                new PeerMessage.SpaceReport(true),
                new PeerMessage.ForwardedControlReply(3, error),
                new PeerMessage.DigestReport(new Checkpoint(1_024, 1, new DigestValue(-3, 4))));
    }

    private static PeerMessage control(ConfigurationChange change) {
        return new PeerMessage.ForwardedControl(3, 1, new ControlRequest.ChangeMembership(change));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void everyMessageSurvivesTheWire(PeerMessage message) throws InvalidProtocolBufferException {
        byte[] bytes = PeerMessageCodec.encode(message).toByteArray();
        assertThat(PeerMessageCodec.decode(PeerFrame.parseFrom(bytes))).isEqualTo(message);
    }

    @Test
    void aFrameOfAnUnknownKindIsRefused() {
        assertThatThrownBy(() -> PeerMessageCodec.decode(PeerFrame.getDefaultInstance()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("unknown kind");
    }
}
