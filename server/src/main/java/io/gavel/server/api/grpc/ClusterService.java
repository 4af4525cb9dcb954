package io.gavel.server.api.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.gavel.protocol.v1.ChangeMembershipRequest;
import io.gavel.protocol.v1.ChangeMembershipResponse;
import io.gavel.protocol.v1.Checkpoint;
import io.gavel.protocol.v1.ClusterGrpc;
import io.gavel.protocol.v1.ClusterStatusResponse;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ListMembersRequest;
import io.gavel.protocol.v1.ListMembersResponse;
import io.gavel.protocol.v1.MemberStatus;
import io.gavel.protocol.v1.SaveSnapshotRequest;
import io.gavel.protocol.v1.SnapshotChunk;
import io.gavel.protocol.v1.StatusRequest;
import io.gavel.protocol.v1.TransferLeadershipRequest;
import io.gavel.protocol.v1.TransferLeadershipResponse;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.ConfigurationChange;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.api.ApiErrors;
import io.gavel.server.api.ClusterView;
import io.gavel.server.api.ClusterView.MemberView;
import io.gavel.server.api.MemberIdentity;
import io.gavel.server.api.MembershipRules;
import io.gavel.server.api.NodePorts;
import io.gavel.server.api.RequestRouter;
import io.gavel.server.api.SnapshotExport;
import io.gavel.server.entry.Refusals;
import io.gavel.server.state.StateMachine;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The service `gavel.v1.Cluster`: the operators' view, and their steps.
final class ClusterService extends ClusterGrpc.ClusterImplBase {
    private final RequestRouter router;
    private final PeerStatuses peers;
    private final SnapshotExport snapshots;

    ClusterService(RequestRouter router, PeerStatuses peers, SnapshotExport snapshots) {
        this.router = router;
        this.peers = peers;
        this.snapshots = snapshots;
    }

    @Override
    public void status(StatusRequest request, StreamObserver<MemberStatus> observer) {
        UnaryAnswer<MemberStatus> answer = new UnaryAnswer<>(observer);
        ownStatus(answer::complete, answer::fail);
    }

    @Override
    public void clusterStatus(StatusRequest request, StreamObserver<ClusterStatusResponse> observer) {
        UnaryAnswer<ClusterStatusResponse> answer = new UnaryAnswer<>(observer);
        ownStatus(own -> gather(own, answer::complete), answer::fail);
    }

    @Override
    public void listMembers(ListMembersRequest request, StreamObserver<ListMembersResponse> observer) {
        UnaryAnswer<ListMembersResponse> answer = new UnaryAnswer<>(observer);
        onceViewIsConfirmed(
                request.getDeadlineMillis(),
                answer,
                _ -> ownStatus(
                        own -> gather(
                                own,
                                cluster -> answer.complete(ListMembersResponse.newBuilder()
                                        .addAllMembers(cluster.getMembersList())
                                        .build())),
                        answer::fail));
    }

    /// Goes on with the deadline on the node's clock once this member knows every configuration that was committed
    /// before. One that was cut off or removed would list and judge by old members; it fails, and another is asked.
    private void onceViewIsConfirmed(long deadlineMillis, UnaryAnswer<?> answer, LongConsumer next) {
        Error refusal = RequestRouter.checkDeadline(deadlineMillis);
        if (refusal != null) {
            answer.fail(refusal);
            return;
        }
        long deadlineNanos = router.deadlineNanos(deadlineMillis);
        router.reads().confirm(deadlineNanos, error -> {
            if (error != null) {
                answer.fail(error);
            } else {
                next.accept(deadlineNanos);
            }
        });
    }

    @Override
    public void changeMembership(ChangeMembershipRequest request, StreamObserver<ChangeMembershipResponse> observer) {
        UnaryAnswer<ChangeMembershipResponse> answer = new UnaryAnswer<>(observer);
        onceViewIsConfirmed(
                request.getDeadlineMillis(), answer, deadlineNanos -> change(request, deadlineNanos, answer));
    }

    private void change(
            ChangeMembershipRequest request, long deadlineNanos, UnaryAnswer<ChangeMembershipResponse> answer) {
        ClusterView view = view();
        MembershipRules.Verdict verdict = MembershipRules.judge(request, view);
        if (verdict.change() == null) {
            answer.fail(verdict.refusal() != null ? verdict.refusal() : ApiErrors.internal("no change"));
            return;
        }
        Configuration target = ConfigurationChange.leave(verdict.change().enter(view.configuration()));
        boolean accepted = ports().consensus().changeMembership(verdict.change(), deadlineNanos, error -> {
            if (error != null) {
                answer.fail(error);
            } else if (target.contains(ports().identity().member())) {
                answerOnceKnown(answer, deadlineNanos);
            } else {
                answerWithMembers(answer, target::contains);
            }
        });
        if (!accepted) {
            answer.fail(ApiErrors.overloaded("membership queue"));
        }
    }

    /// The leader carried the change out; this member may not know it yet, and does once it can serve a read. A read
    /// that fails leaves what this member knows: the change is made.
    private void answerOnceKnown(UnaryAnswer<ChangeMembershipResponse> answer, long deadlineNanos) {
        Runnable tell = () -> answerWithMembers(answer, _ -> true);
        if (!ports().consensus().readIndex(deadlineNanos, _ -> tell.run())) {
            tell.run();
        }
    }

    /// Lists the members that this one knows and that stay. One that was removed hears no more of the cluster.
    private void answerWithMembers(UnaryAnswer<ChangeMembershipResponse> answer, Predicate<NodeId> stays) {
        ownStatus(
                own -> gather(
                        own,
                        cluster -> answer.complete(ChangeMembershipResponse.newBuilder()
                                .addAllMembers(cluster.getMembersList().stream()
                                        .filter(member -> stays.test(new NodeId(member.getMemberId())))
                                        .toList())
                                .build())),
                answer::fail);
    }

    @Override
    public void transferLeadership(
            TransferLeadershipRequest request, StreamObserver<TransferLeadershipResponse> observer) {
        UnaryAnswer<TransferLeadershipResponse> answer = new UnaryAnswer<>(observer);
        onceViewIsConfirmed(
                request.getDeadlineMillis(), answer, deadlineNanos -> transfer(request.getTo(), deadlineNanos, answer));
    }

    private void transfer(int to, long deadlineNanos, UnaryAnswer<TransferLeadershipResponse> answer) {
        Error refusal = to == 0 ? null : checkCandidate(to);
        if (refusal != null) {
            answer.fail(refusal);
            return;
        }
        boolean accepted = ports().consensus()
                .transferLeadership(to == 0 ? null : new NodeId(to), deadlineNanos, error -> {
                    if (error != null) {
                        answer.fail(error);
                    } else {
                        answer.complete(TransferLeadershipResponse.newBuilder()
                                .setLeaderId(ApiErrors.leaderId(view()))
                                .build());
                    }
                });
        if (!accepted) {
            answer.fail(ApiErrors.overloaded("membership queue"));
        }
    }

    @Override
    public void saveSnapshot(SaveSnapshotRequest request, StreamObserver<SnapshotChunk> observer) {
        ServerCallStreamObserver<SnapshotChunk> call = (ServerCallStreamObserver<SnapshotChunk>) observer;
        SnapshotStream stream = new SnapshotStream(call, ports().readers());
        // In a disaster a member without a leader may be all there is: what it has is given out, and called
        // unconfirmed.
        router.reads()
                .confirm(
                        router.deadlineNanos(0),
                        error -> snapshots.open((opened, failure) -> stream.start(opened, failure, error == null)));
    }

    private @Nullable Error checkCandidate(int to) {
        boolean voter = to > 0
                && view().configuration().voters().stream()
                        .anyMatch(member -> member.id().value() == to);
        return voter ? null : Refusals.notFound("voter", Integer.toUnsignedString(to));
    }

    private void ownStatus(Consumer<MemberStatus> done, Consumer<Error> failed) {
        boolean accepted = ports().applyTasks().submit(() -> done.accept(statusOnApplyAgent()));
        if (!accepted) {
            failed.accept(ApiErrors.overloaded("apply queue"));
        }
    }

    private MemberStatus statusOnApplyAgent() {
        MemberIdentity identity = ports().identity();
        ClusterView view = view();
        StateMachine state = ports().state().get();
        MemberStatus.Builder status = MemberStatus.newBuilder()
                .setMemberId(identity.member().value())
                .setUuid(identity.uuid().toString())
                .setRole(role(view, identity.member()))
                .setReachable(true)
                .setTerm(view.term())
                .setLeaderId(ApiErrors.leaderId(view))
                .setCommitIndex(view.commitIndex())
                .setLastApplied(state.published().lastApplied().index())
                .setRevision(state.published().revision())
                .setClusterId(identity.clusterId())
                .setIncarnation(identity.incarnation())
                .setFeatureLevel(state.published().featureLevel())
                .setVersion(identity.version());
        view.members().stream()
                .filter(member -> member.id().equals(identity.member()))
                .forEach(member ->
                        status.setClientEndpoint(member.clientEndpoint()).setPeerEndpoint(member.peerEndpoint()));
        state.checkpoints()
                .forEach(checkpoint -> status.addCheckpoints(Checkpoint.newBuilder()
                        .setIndex(checkpoint.index())
                        .setDigestVersion(checkpoint.digestVersion())
                        .setDigest(checkpoint.digest().toBytes())));
        return status.build();
    }

    private static String role(ClusterView view, NodeId self) {
        if (view.isLearner(self)) {
            return "learner";
        }
        return switch (view.role()) {
            case FOLLOWER -> "follower";
            case PRE_CANDIDATE, CANDIDATE -> "candidate";
            case LEADER -> "leader";
        };
    }

    /// Asks every other member at once; answers when all did or their deadline passed.
    private void gather(MemberStatus own, Consumer<ClusterStatusResponse> done) {
        ClusterView view = view();
        List<MemberView> members = view.members();
        AtomicReferenceArray<MemberStatus> statuses = new AtomicReferenceArray<>(members.size());
        AtomicInteger missing = new AtomicInteger(members.size());
        Set<String> endpoints = new HashSet<>();
        members.forEach(member -> endpoints.add(member.clientEndpoint()));
        peers.retain(endpoints);
        for (int i = 0; i < members.size(); i++) {
            int position = i;
            MemberView member = members.get(i);
            Consumer<MemberStatus> arrived = status -> {
                statuses.set(position, status);
                if (missing.decrementAndGet() == 0) {
                    done.accept(cluster(own, view, statuses));
                }
            };
            if (member.id().value() == own.getMemberId()) {
                arrived.accept(own);
            } else if (member.clientEndpoint().isEmpty()) {
                arrived.accept(unreachable(member, view));
            } else {
                peers.ask(
                        member.clientEndpoint(),
                        status -> arrived.accept(
                                status != null && isSameMember(status, member, own)
                                        ? status
                                        : unreachable(member, view)));
            }
        }
    }

    private static boolean isSameMember(MemberStatus status, MemberView member, MemberStatus own) {
        return status.getMemberId() == member.id().value()
                && status.getClusterId().equals(own.getClusterId());
    }

    private static MemberStatus unreachable(MemberView member, ClusterView view) {
        return MemberStatus.newBuilder()
                .setMemberId(member.id().value())
                .setUuid(member.uuid().toString())
                .setClientEndpoint(member.clientEndpoint())
                .setPeerEndpoint(member.peerEndpoint())
                .setRole(view.isLearner(member.id()) ? "learner" : "")
                .build();
    }

    private static ClusterStatusResponse cluster(
            MemberStatus own, ClusterView view, AtomicReferenceArray<MemberStatus> statuses) {
        ClusterStatusResponse.Builder cluster = ClusterStatusResponse.newBuilder()
                .setClusterId(own.getClusterId())
                .setJoint(!view.configuration().outgoingVoters().isEmpty());
        MemberStatus newest = own;
        for (int i = 0; i < statuses.length(); i++) {
            MemberStatus status = statuses.get(i);
            cluster.addMembers(status);
            if (Long.compareUnsigned(status.getTerm(), newest.getTerm()) > 0
                    || (status.getTerm() == newest.getTerm() && newest.getLeaderId() == 0)) {
                newest = status;
            }
            if (Long.compareUnsigned(status.getRevision(), cluster.getRevision()) > 0) {
                cluster.setRevision(status.getRevision());
            }
        }
        return cluster.setTerm(newest.getTerm())
                .setLeaderId(newest.getLeaderId())
                .build();
    }

    private NodePorts ports() {
        return router.ports();
    }

    private ClusterView view() {
        return ports().consensus().view();
    }

    /// Wraps bytes that nobody changes any more.
    static ByteString wrap(byte[] bytes) {
        return UnsafeByteOperations.unsafeWrap(bytes);
    }
}
