package io.gavel.server.api.grpc;

import static io.gavel.server.api.grpc.ApiFixture.failure;
import static io.gavel.server.api.grpc.ApiFixture.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.gavel.protocol.v1.AddLearner;
import io.gavel.protocol.v1.ChangeMembershipRequest;
import io.gavel.protocol.v1.ClusterStatusResponse;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.ListMembersRequest;
import io.gavel.protocol.v1.MemberStatus;
import io.gavel.protocol.v1.SaveSnapshotRequest;
import io.gavel.protocol.v1.SnapshotChunk;
import io.gavel.protocol.v1.SnapshotHeader;
import io.gavel.protocol.v1.StatusRequest;
import io.gavel.protocol.v1.TransferLeadershipRequest;
import io.gavel.raft.quorum.ConfigurationChange;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.api.ClusterView.MemberView;
import io.gavel.server.api.SnapshotExport.OpenSnapshot;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class ClusterServiceTest {
    @Test
    void aMembersStatusIsItsOwnView() throws IOException {
        try (ApiFixture fixture = new ApiFixture()) {
            fixture.execute(put("a", "1"));
            MemberStatus status = fixture.cluster().status(StatusRequest.getDefaultInstance());

            assertThat(status.getMemberId()).isEqualTo(1);
            assertThat(status.getRole()).isEqualTo("leader");
            assertThat(status.getLeaderId()).isEqualTo(1);
            assertThat(status.getReachable()).isTrue();
            assertThat(status.getRevision()).isEqualTo(1);
            assertThat(status.getLastApplied()).isEqualTo(1);
            assertThat(status.getClientEndpoint()).isEqualTo("sim:0");
            assertThat(status.getVersion()).isEqualTo("test");
        }
    }

    @Test
    void aMemberThatDoesNotAnswerIsUnreachableAndNotGuessed() throws IOException {
        try (ApiFixture fixture = new ApiFixture()) {
            fixture.consensus.addMembers(
                    new MemberView(new NodeId(2), new MemberUuid(0, 2), "nobody-is-here", "h2:1", true, true),
                    new MemberView(new NodeId(3), new MemberUuid(0, 3), "", "h3:1", true, false));
            ClusterStatusResponse status = fixture.cluster().clusterStatus(StatusRequest.getDefaultInstance());

            assertThat(status.getLeaderId()).isEqualTo(1);
            assertThat(status.getMembersList())
                    .extracting(MemberStatus::getMemberId, MemberStatus::getReachable)
                    .containsExactly(tuple(1, true), tuple(2, false), tuple(3, false));
            assertThat(status.getMembers(1).getPeerEndpoint()).isEqualTo("h2:1");
            assertThat(status.getMembers(1).getLastApplied()).isZero();
        }
    }

    @Test
    void theMembersAreListedBehindAConfirmedReadOnly() throws Exception {
        try (ApiFixture fixture = new ApiFixture()) {
            ListMembersRequest request = ListMembersRequest.getDefaultInstance();
            assertThat(fixture.cluster().listMembers(request).getMembersList())
                    .extracting(MemberStatus::getMemberId)
                    .containsExactly(1);

            fixture.consensus.loseLeader(true);
            assertThat(failure(() -> fixture.cluster().listMembers(request)).getCode())
                    .isEqualTo(ErrorCode.UNAVAILABLE);
            assertThat(fixture.cluster()
                            .clusterStatus(StatusRequest.getDefaultInstance())
                            .getMembersCount())
                    .isEqualTo(1);
        }
    }

    @Test
    void onlyASafeStepReachesConsensus() throws Exception {
        try (ApiFixture fixture = new ApiFixture()) {
            var unsafe = failure(() -> fixture.cluster()
                    .changeMembership(
                            ChangeMembershipRequest.newBuilder().setRemove(1).build()));
            fixture.cluster()
                    .changeMembership(ChangeMembershipRequest.newBuilder()
                            .setAddLearner(AddLearner.newBuilder()
                                    .setMemberId(2)
                                    .setUuid(new MemberUuid(0, 2).toString())
                                    .setPeerEndpoint("h2:1"))
                            .build());

            assertThat(unsafe.getCode()).isEqualTo(ErrorCode.FAILED_PRECONDITION);
            assertThat(fixture.consensus.changes()).singleElement().isInstanceOf(ConfigurationChange.AddLearner.class);
        }
    }

    @Test
    void leadershipGoesToVotersOnly() throws Exception {
        try (ApiFixture fixture = new ApiFixture()) {
            assertThat(failure(() -> fixture.cluster()
                                    .transferLeadership(TransferLeadershipRequest.newBuilder()
                                            .setTo(9)
                                            .build()))
                            .getCode())
                    .isEqualTo(ErrorCode.NOT_FOUND);
            assertThat(failure(() -> fixture.cluster()
                                    .transferLeadership(TransferLeadershipRequest.getDefaultInstance()))
                            .getCode())
                    .isEqualTo(ErrorCode.FAILED_PRECONDITION);
        }
    }

    @Test
    void aSnapshotIsStreamedWholeAndClosed() throws IOException {
        byte[] file = new byte[3 << 20];
        new Random(7).nextBytes(file);
        AtomicBoolean closed = new AtomicBoolean();
        try (ApiFixture fixture = new ApiFixture(done -> done.accept(new SimSnapshot(file, closed), null))) {
            ByteArrayOutputStream received = new ByteArrayOutputStream();
            SnapshotHeader header = SnapshotHeader.getDefaultInstance();
            var chunks = fixture.cluster().saveSnapshot(SaveSnapshotRequest.getDefaultInstance());
            while (chunks.hasNext()) {
                SnapshotChunk chunk = chunks.next();
                header = chunk.hasHeader() ? chunk.getHeader() : header;
                chunk.getContent().writeTo(received);
            }

            assertThat(header.getIndex()).isEqualTo(5);
            assertThat(header.getConfirmed()).isTrue();
            assertThat(received.toByteArray()).isEqualTo(file);
            assertThat(closed).isTrue();
        }
    }

    @Test
    void aSnapshotOfAMemberWithoutALeaderIsCalledUnconfirmed() throws IOException {
        SimSnapshot file = new SimSnapshot(new byte[10], new AtomicBoolean());
        try (ApiFixture fixture = new ApiFixture(done -> done.accept(file, null))) {
            fixture.consensus.loseLeader(true);

            var chunks = fixture.cluster().saveSnapshot(SaveSnapshotRequest.getDefaultInstance());

            assertThat(chunks.next().getHeader().getConfirmed()).isFalse();
        }
    }

    @Test
    void aSnapshotThatCannotBeReadEndsInAnError() throws Exception {
        AtomicBoolean closed = new AtomicBoolean();
        OpenSnapshot damaged = new SimSnapshot(new byte[10], closed) {
            @Override
            public byte[] next(int limit) throws IOException {
                throw new IOException("a chunk has the wrong checksum");
            }
        };
        try (ApiFixture fixture = new ApiFixture(done -> done.accept(damaged, null))) {
            var error = failure(() -> fixture.cluster()
                    .saveSnapshot(SaveSnapshotRequest.getDefaultInstance())
                    .next());

            assertThat(error.getCode()).isEqualTo(ErrorCode.INTERNAL);
            assertThat(closed).isTrue();
        }
    }

    /// A snapshot file in memory.
    private static class SimSnapshot implements OpenSnapshot {
        private final ByteArrayInputStream in;
        private final AtomicBoolean closed;

        SimSnapshot(byte[] file, AtomicBoolean closed) {
            this.in = new ByteArrayInputStream(file);
            this.closed = closed;
        }

        @Override
        public SnapshotHeader header() {
            return SnapshotHeader.newBuilder().setIndex(5).build();
        }

        @Override
        public byte[] next(int limit) throws IOException {
            return in.readNBytes(limit);
        }

        @Override
        public void close() {
            closed.set(true);
        }
    }
}
