package io.gavel.server.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.gavel.raft.EntryId;
import io.gavel.raft.Message;
import io.gavel.raft.Payload;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.config.Endpoint;
import io.gavel.server.peer.v1.ProbeReply;
import io.gavel.server.storage.ClusterId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class PeerTransportTest {
    private static final ClusterId CLUSTER = new ClusterId(1, 2);

    private final List<AutoCloseable> toClose = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable closeable : toClose) {
            closeable.close();
        }
    }

    /// One process of a member: its endpoint, its transport and what it heard.
    private final class PeerProcess implements PeerListener, SnapshotSink, SnapshotSink.Transfer {
        final PeerEndpoint endpoint;
        final Member member;
        final TransportCounters counters = new TransportCounters();
        final ConcurrentLinkedQueue<PeerMessage> received = new ConcurrentLinkedQueue<>();
        final ConcurrentLinkedQueue<Sender> senders = new ConcurrentLinkedQueue<>();
        final AtomicInteger disconnected = new AtomicInteger();
        final AtomicInteger unreachable = new AtomicInteger();
        final AtomicInteger restarted = new AtomicInteger();
        final ConcurrentLinkedQueue<Long> losses = new ConcurrentLinkedQueue<>();
        final ConcurrentLinkedQueue<Integer> parts = new ConcurrentLinkedQueue<>();
        final PeerTransport transport;

        PeerProcess(int id, int port, ClusterId cluster, long bootCount, long nonce) throws IOException {
            this(id, port, cluster, bootCount, nonce, 0);
        }

        /// `log` is the last index that the process found on its disk.
        PeerProcess(int id, int port, ClusterId cluster, long bootCount, long nonce, long log) throws IOException {
            endpoint = PeerEndpoint.listen(
                    new Endpoint("127.0.0.1", port),
                    new NettyPeerNetwork("peers-" + id, new Random(id)),
                    _ -> ProbeReply.newBuilder().setMemberId(id).build());
            toClose.add(endpoint);
            String address = "127.0.0.1:" + endpoint.port();
            member = new Member(new NodeId(id), new MemberUuid(id, id), address);
            PeerIdentity identity = new PeerIdentity(
                    cluster,
                    1,
                    member.id(),
                    member.uuid(),
                    new PeerIdentity.Start(bootCount, List.of(nonce), log),
                    address);
            transport =
                    endpoint.connect(identity, new PeerEndpoint.Receivers(this, this, List.of(), _ -> true), counters);
        }

        PeerProcess(int id) throws IOException {
            this(id, 0, CLUSTER, 1, id);
        }

        void knows(PeerProcess... others) {
            List<Member> members = new ArrayList<>(List.of(member));
            for (PeerProcess other : others) {
                members.add(other.member);
            }
            transport.members(members);
        }

        void send(PeerProcess to, PeerMessage message) {
            if (!transport.isReachable(to.member.id())) {
                await().until(() -> transport.isReachable(to.member.id()));
            }
            assertThat(transport.send(to.member.id(), message)).isTrue();
            transport.flush();
        }

        @Override
        public boolean onMessage(Sender from, PeerMessage message) {
            senders.add(from);
            return received.add(message);
        }

        @Override
        public void onUnreachable(NodeId peer) {
            unreachable.incrementAndGet();
        }

        @Override
        public void onDisconnected(NodeId peer) {
            disconnected.incrementAndGet();
        }

        @Override
        public void onLossFound(long acknowledgedIndex) {
            losses.add(acknowledgedIndex);
        }

        @Override
        public void onRestarted(NodeId peer) {
            restarted.incrementAndGet();
        }

        @Override
        public Transfer begin(Offer offer) {
            parts.add(0);
            return this;
        }

        @Override
        public void onPart(long offset, ByteString content, Runnable more) {
            parts.add(content.size());
            more.run();
        }

        @Override
        public void onEnd(Consumer<@Nullable String> receipt) {
            receipt.accept(null);
        }

        @Override
        public void onAborted() {
            parts.add(-1);
        }
    }

    private static PeerMessage proposal(int id, int bytes) {
        return new PeerMessage.ForwardedProposal(id, 1, Payload.wrap(new byte[bytes]));
    }

    private static PeerMessage vote() {
        return new PeerMessage.Consensus(new Message.RequestVote(3, EntryId.ZERO, false));
    }

    private static PeerMessage acknowledgement() {
        return new PeerMessage.Consensus(new Message.AppendEntriesReply(3, true, new EntryId(3, 9), 0));
    }

    @Test
    void deliversEachLaneInOrder() throws IOException {
        PeerProcess one = new PeerProcess(1);
        PeerProcess two = new PeerProcess(2);
        one.knows(two);
        two.knows(one);
        one.send(two, vote());
        for (int i = 0; i < 2_000; i++) {
            one.send(two, proposal(i, 1_000));
        }
        await().untilAsserted(() -> assertThat(two.received).hasSize(2_001));
        assertThat(two.received).contains(vote());
        assertThat(two.received.stream()
                        .filter(PeerMessage.ForwardedProposal.class::isInstance)
                        .map(message -> ((PeerMessage.ForwardedProposal) message).requestId()))
                .isSorted();
    }

    @Test
    void answersAPeerThatItsConfigurationDoesNotList() throws IOException {
        PeerProcess leader = new PeerProcess(1);
        PeerProcess joining = new PeerProcess(2);
        leader.knows(joining);
        leader.send(joining, vote());
        joining.send(leader, vote());
        await().untilAsserted(() -> assertThat(leader.received).containsExactly(vote()));
    }

    @Test
    void answersAPeerThatItsConfigurationLeftOutForAsLongAsItTalks() throws IOException {
        PeerProcess one = new PeerProcess(1);
        PeerProcess two = new PeerProcess(2);
        two.knows(one);
        await().untilAsserted(() ->
                assertThat(two.transport.isReachable(one.member.id())).isTrue());
        one.transport.members(List.of(one.member));
        assertThat(one.transport.isReachable(two.member.id())).isFalse();

        await().untilAsserted(() -> {
            one.transport.send(two.member.id(), vote());
            one.transport.flush();
            assertThat(two.received).isNotEmpty();
        });
    }

    @Test
    void refusesAnotherCluster() throws IOException {
        PeerProcess one = new PeerProcess(1);
        PeerProcess stranger = new PeerProcess(2, 0, new ClusterId(9, 9), 1, 2);
        stranger.knows(one);
        await().untilAsserted(
                        () -> assertThat(one.counters.identityMismatches.sum()).isPositive());
        assertThat(stranger.transport.isReachable(one.member.id())).isFalse();
        assertThat(stranger.transport.send(one.member.id(), vote())).isFalse();
        assertThat(one.received).isEmpty();
    }

    @Test
    void refusesAnotherLifeOfTheReceiver() throws IOException {
        PeerProcess one = new PeerProcess(1);
        PeerProcess two = new PeerProcess(2);
        Member earlierLife = new Member(two.member.id(), new MemberUuid(77, 77), two.member.peerAddress());
        one.transport.members(List.of(one.member, earlierLife));
        await().untilAsserted(
                        () -> assertThat(two.counters.identityMismatches.sum()).isPositive());
        assertThat(one.transport.isReachable(two.member.id())).isFalse();
    }

    @Test
    void hearsAnotherLifeOfAMemberOnlyAsLeader() throws IOException {
        PeerProcess one = new PeerProcess(1);
        PeerProcess two = new PeerProcess(2);
        Member earlierLife = new Member(two.member.id(), new MemberUuid(77, 77), two.member.peerAddress());
        one.transport.members(List.of(one.member, earlierLife));
        two.knows(one);
        PeerMessage append = new PeerMessage.Consensus(new Message.AppendEntries(3, EntryId.ZERO, List.of(), 0, 0));
        two.send(one, acknowledgement());
        two.send(one, append);
        await().untilAsserted(() -> assertThat(one.received).containsExactly(append));
        assertThat(one.counters.stale.sum()).isEqualTo(1);
    }

    @Test
    void anotherLifeIsHeardInFullOnceItIsListedThoughItsStreamsAreOlder() throws IOException {
        PeerProcess one = new PeerProcess(1);
        PeerProcess two = new PeerProcess(2);
        Member earlierLife = new Member(two.member.id(), new MemberUuid(77, 77), two.member.peerAddress());
        one.transport.members(List.of(one.member, earlierLife));
        two.knows(one);
        two.send(one, vote());
        await().untilAsserted(() -> assertThat(one.counters.stale.sum()).isEqualTo(1));

        one.knows(two);
        two.send(one, acknowledgement());

        await().untilAsserted(() -> assertThat(one.received).containsExactly(acknowledgement()));
    }

    @Test
    void anEarlierLifeIsNotCountedForTheListedOneThoughItsStreamsAreOlder() throws IOException {
        PeerProcess one = new PeerProcess(1);
        PeerProcess two = new PeerProcess(2);
        one.knows(two);
        two.knows(one);
        two.send(one, acknowledgement());
        await().untilAsserted(() -> assertThat(one.received).hasSize(1));

        Member nextLife = new Member(two.member.id(), new MemberUuid(88, 88), "127.0.0.1:1");
        one.transport.members(List.of(one.member, nextLife));
        two.send(one, acknowledgement());

        await().untilAsserted(() -> assertThat(one.counters.stale.sum()).isEqualTo(1));
        assertThat(one.received).hasSize(1);
    }

    @Test
    void anEarlierLifeIsNotCountedForTheListedOneThoughItsMessagesWaitedAtTheReceiver() throws IOException {
        PeerProcess one = new PeerProcess(1);
        PeerProcess two = new PeerProcess(2);
        one.knows(two);
        two.knows(one);
        two.send(one, acknowledgement());
        await().untilAsserted(() -> assertThat(one.senders).hasSize(1));
        PeerListener.Sender sender = one.senders.element();
        assertThat(sender.isHeard(acknowledgement())).isTrue();

        Member nextLife = new Member(two.member.id(), new MemberUuid(88, 88), "127.0.0.1:1");
        one.transport.members(List.of(one.member, nextLife));

        assertThat(sender.isHeard(acknowledgement())).isFalse();
        assertThat(sender.isHeard(new PeerMessage.Consensus(new Message.Heartbeat(3, 1))))
                .as("a leader of a newer term is heard")
                .isTrue();
    }

    @Test
    void anEarlierStartIsNotHeardThoughItsMessagesWaitedAtTheReceiver() throws IOException {
        PeerProcess one = new PeerProcess(1);
        PeerProcess two = new PeerProcess(2);
        one.knows(two);
        two.knows(one);
        two.send(one, acknowledgement());
        await().untilAsserted(() -> assertThat(one.senders).hasSize(1));
        int port = two.endpoint.port();
        two.endpoint.close();

        PeerProcess again = new PeerProcess(2, port, CLUSTER, 2, 22);
        again.knows(one);
        await().untilAsserted(() -> assertThat(one.restarted).hasValue(1));

        assertThat(one.senders.element().isHeard(acknowledgement())).isFalse();
        again.send(one, acknowledgement());
        await().untilAsserted(() -> assertThat(one.senders).hasSize(2));
        assertThat(List.copyOf(one.senders).getLast().isHeard(acknowledgement()))
                .isTrue();
    }

    @Test
    void answersALeaderOfWhichOnlyAnEarlierLifeIsListed() throws IOException {
        PeerProcess one = new PeerProcess(1);
        PeerProcess leader = new PeerProcess(2);
        Member earlierLife = new Member(leader.member.id(), new MemberUuid(77, 77), "127.0.0.1:1");
        one.transport.members(List.of(one.member, earlierLife));
        leader.knows(one);
        await().until(() -> leader.transport.isReachable(one.member.id()));

        await().untilAsserted(() -> {
            one.transport.send(leader.member.id(), acknowledgement());
            one.transport.flush();
            assertThat(leader.received).isNotEmpty();
        });
    }

    @Test
    void noticesWithinMillisecondsThatAPeerIsGoneAndMeetsItAgain() throws IOException {
        PeerProcess one = new PeerProcess(1);
        PeerProcess two = new PeerProcess(2);
        one.knows(two);
        two.knows(one);
        one.send(two, vote());
        int port = two.endpoint.port();
        long start = System.nanoTime();
        two.endpoint.close();
        await().pollInterval(1, TimeUnit.MILLISECONDS)
                .untilAsserted(() -> assertThat(one.disconnected).hasValue(1));
        long noticedMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        assertThat(noticedMillis).isLessThan(2_000);
        assertThat(one.unreachable).hasValue(1);
        assertThat(one.transport.send(two.member.id(), vote())).isFalse();

        PeerProcess again = new PeerProcess(2, port, CLUSTER, 2, 22);
        one.send(again, vote());
        await().untilAsserted(() -> assertThat(again.received).containsExactly(vote()));
        assertThat(one.restarted).hasValueGreaterThan(0);
    }

    @Test
    void refusesAPeerThatRunsOnAnOlderCopyOfItsDisk() throws IOException {
        PeerProcess one = new PeerProcess(1);
        PeerProcess two = new PeerProcess(2, 0, CLUSTER, 5, 50);
        two.knows(one);
        one.knows(two);
        two.send(one, vote());
        int port = two.endpoint.port();
        two.endpoint.close();
        PeerProcess older = new PeerProcess(2, port, CLUSTER, 4, 40);
        older.knows(one);
        await().untilAsserted(
                        () -> assertThat(one.counters.identityMismatches.sum()).isPositive());
        assertThat(older.transport.isReachable(one.member.id())).isFalse();
    }

    @Test
    void tellsAMemberThatLostEntriesAndLetsItInOnceItRepairs() throws IOException {
        PeerProcess one = new PeerProcess(1);
        PeerProcess two = new PeerProcess(2, 0, CLUSTER, 5, 50, 0);
        two.knows(one);
        one.knows(two);
        one.send(two, vote());
        one.transport.acknowledged(two.member.id(), 100, true);
        int port = two.endpoint.port();
        two.endpoint.close();
        PeerProcess poorer = new PeerProcess(2, port, CLUSTER, 6, 60, 99);
        poorer.knows(one);
        await().untilAsserted(() -> assertThat(poorer.losses).contains(100L));
        assertThat(poorer.transport.isReachable(one.member.id())).isFalse();
        assertThat(one.transport.isReachable(two.member.id())).isFalse();

        poorer.transport.repairing(true);

        poorer.send(one, vote());
        one.send(poorer, vote());
        await().untilAsserted(() -> assertThat(poorer.received).containsExactly(vote()));
    }

    @Test
    void aHeartbeatOvertakesTheEntriesInFrontOfIt() throws IOException {
        PeerProcess one = new PeerProcess(1);
        PeerProcess two = new PeerProcess(2);
        one.knows(two);
        await().until(() -> one.transport.isReachable(two.member.id()));
        for (int i = 0; i < 24; i++) {
            assertThat(one.transport.send(two.member.id(), proposal(i, 1 << 20)))
                    .isTrue();
        }
        PeerMessage heartbeat = new PeerMessage.Consensus(new Message.Heartbeat(3, 9));

        one.send(two, heartbeat);

        await().untilAsserted(() -> assertThat(two.received).hasSize(25));
        assertThat(List.copyOf(two.received).indexOf(heartbeat)).isLessThan(24);
    }

    @Test
    void anAnswerToAnAppendRidesWithTheUrgentMessageInFrontOfIt() throws IOException {
        PeerProcess one = new PeerProcess(1);
        PeerProcess two = new PeerProcess(2);
        one.knows(two);
        await().until(() -> one.transport.isReachable(two.member.id()));
        PeerMessage alone = new PeerMessage.Consensus(new Message.AppendEntriesReply(3, true, new EntryId(3, 1), 0));
        PeerMessage riding = new PeerMessage.Consensus(new Message.AppendEntriesReply(3, true, new EntryId(3, 2), 0));
        PeerMessage echo = new PeerMessage.Consensus(new Message.ReadRoundEcho(3, 9));
        for (int i = 0; i < 24; i++) {
            assertThat(one.transport.send(two.member.id(), proposal(i, 1 << 20)))
                    .isTrue();
        }
        for (PeerMessage message : List.of(alone, echo, riding)) {
            assertThat(one.transport.send(two.member.id(), message)).isTrue();
        }
        one.transport.flush();

        await().untilAsserted(() -> assertThat(two.received).hasSize(27));
        List<PeerMessage> order = List.copyOf(two.received);
        assertThat(order.indexOf(riding)).isEqualTo(order.indexOf(echo) + 1).isLessThan(26);
        assertThat(order).last().isEqualTo(alone);
    }

    @Test
    void aSlowReceiverFillsAQueueThatRefusesInsteadOfBlocking() throws IOException {
        PeerProcess one = new PeerProcess(1);
        PeerProcess two = new PeerProcess(2);
        one.knows(two);
        await().until(() -> one.transport.isReachable(two.member.id()));
        int refused = 0;
        for (int i = 0; i < 100 && refused == 0; i++) {
            refused += one.transport.send(two.member.id(), proposal(i, 1 << 20)) ? 0 : 1;
        }
        assertThat(refused).isEqualTo(1);
        assertThat(one.counters.queueFull.sum()).isEqualTo(1);
        one.transport.flush();
        await().untilAsserted(() -> assertThat(two.received).hasSizeGreaterThan(10));
    }

    @Test
    void streamsASnapshotPartByPart() throws IOException {
        PeerProcess one = new PeerProcess(1);
        PeerProcess two = new PeerProcess(2);
        one.knows(two);
        byte[] file = new byte[3_000_000];
        AtomicInteger wakes = new AtomicInteger();
        try (SnapshotSending sending =
                one.endpoint.sendSnapshot(two.member.id(), source(file), wakes::incrementAndGet)) {
            await().pollInterval(1, TimeUnit.MILLISECONDS).until(() -> sending.pump() == SnapshotSending.State.ARRIVED);
        }
        assertThat(two.parts.stream().mapToInt(Integer::intValue).sum()).isEqualTo(file.length);
        assertThat(wakes.get()).isPositive();
    }

    private static SnapshotSending.Source source(byte[] file) {
        return new SnapshotSending.Source() {
            @Override
            public EntryId lastIncluded() {
                return new EntryId(3, 9);
            }

            @Override
            public long term() {
                return 3;
            }

            @Override
            public ByteString manifest() {
                return ByteString.copyFromUtf8("manifest");
            }

            @Override
            public long fileBytes() {
                return file.length;
            }

            @Override
            public ByteString read(long offset, int limit) {
                int length = (int) Math.min(limit, file.length - offset);
                return ByteString.copyFrom(file, (int) offset, length);
            }

            @Override
            public void close() {}
        };
    }

    @Test
    void aPortInUseIsNamed() throws IOException {
        PeerProcess one = new PeerProcess(1);
        assertThatThrownBy(() -> new PeerProcess(2, one.endpoint.port(), CLUSTER, 1, 2))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("127.0.0.1:" + one.endpoint.port())
                .hasMessageContaining("in use");
    }
}
