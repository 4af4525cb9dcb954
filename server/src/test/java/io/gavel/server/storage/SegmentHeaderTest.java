package io.gavel.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.raft.Entry;
import io.gavel.raft.EntryId;
import io.gavel.raft.EntryKind;
import io.gavel.raft.Payload;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.ConfigurationCodec;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.disk.StorageRefusedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SegmentHeaderTest {
    @Test
    void twoJointConfigurationsOfTheLargestSizeFitWithAllThatIsRememberedOfPeers() throws StorageRefusedException {
        Configuration base = largestJoint(1);
        Configuration newest = largestJoint(2);
        JournalState state = new JournalState(base);
        state.onEntry(
                new Entry(new EntryId(1, 1), EntryKind.CONFIGURATION, Payload.wrap(ConfigurationCodec.encode(newest))));
        state.nonces = LongStream.range(0, JournalState.MAX_NONCES).boxed().toList();
        Stream.of(base, newest)
                .flatMap(each -> each.members().stream())
                .forEach(member -> state.onPeer(new PeerBoot(member.uuid(), 1, 1, 1)));
        for (int former = 1; former <= 2 * JournalState.MAX_FORMER_PEERS; former++) {
            state.onPeer(new PeerBoot(new MemberUuid(9, former), 1, 1, 1));
        }
        state.forgetFormerPeers();
        SegmentHeader header = new SegmentHeader(
                new ClusterId(1, 2), new MemberUuid(3, 4), new JournalRecord.SegmentKey(1, 2), 1, 0, state);

        JournalState read =
                Objects.requireNonNull(SegmentHeader.decode(header.encode())).state();

        assertThat(read.baseConfiguration).isEqualTo(base);
        assertThat(read.configurations).hasSize(1);
        assertThat(read.peers)
                .hasSize(2 * Configuration.MAX_MEMBERS + JournalState.MAX_FORMER_PEERS)
                .isEqualTo(state.peers);
    }

    /// As many members as there may be, with addresses as long as they may be, all of them in both sets.
    private static Configuration largestJoint(long life) {
        List<Member> members = new ArrayList<>();
        int room = Configuration.MAX_ADDRESS_BYTES;
        for (int id = 1; id <= Configuration.MAX_MEMBERS; id++) {
            int length = room / (Configuration.MAX_MEMBERS - id + 1);
            room -= length;
            members.add(new Member(new NodeId(id), new MemberUuid(life, id), "h".repeat(length)));
        }
        Configuration joint = new Configuration(members, members, List.of());
        assertThat(joint.addressBytes()).isEqualTo(Configuration.MAX_ADDRESS_BYTES);
        return joint;
    }
}
