package io.gavel.client.internal.view;

import io.gavel.client.cluster.Cluster;
import io.gavel.client.cluster.ClusterStatus;
import io.gavel.client.cluster.MemberStatus;
import io.gavel.client.cluster.SnapshotHeader;
import io.gavel.client.error.Outcome;
import io.gavel.client.internal.runner.Call;
import io.gavel.client.internal.runner.SnapshotDownload;
import io.gavel.client.internal.wire.Decode;
import io.gavel.client.internal.wire.Errors;
import io.gavel.client.internal.wire.Limits;
import io.gavel.protocol.v1.AddLearner;
import io.gavel.protocol.v1.ChangeMembershipRequest;
import io.gavel.protocol.v1.ListMembersRequest;
import io.gavel.protocol.v1.ReplaceMember;
import io.gavel.protocol.v1.StatusRequest;
import io.gavel.protocol.v1.TransferLeadershipRequest;
import io.gavel.protocol.v1.TransferLeadershipResponse;
import io.grpc.StatusException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The operators' calls. */
final class ClusterView implements Cluster {
    private static final long MAX_DEADLINE_MILLIS = 60_000;

    private final Context context;

    ClusterView(Context context) {
        this.context = context;
    }

    @Override
    public ClusterStatus status() {
        return statusCall().await();
    }

    @Override
    public CompletableFuture<ClusterStatus> statusAsync() {
        return statusCall().future();
    }

    private Call<ClusterStatus> statusCall() {
        return context.call(
                UnaryCall.ask(
                        context,
                        context.endpoints().all(),
                        stub -> stub.clusterStatus(StatusRequest.getDefaultInstance())),
                answer -> new ClusterStatus(
                        Decode.bytes(answer.getClusterId()),
                        answer.getLeaderId(),
                        answer.getTerm(),
                        answer.getRevision(),
                        members(answer.getMembersList()),
                        answer.getJoint()));
    }

    @Override
    public MemberStatus status(String endpoint) {
        return statusCall(endpoint).await();
    }

    @Override
    public CompletableFuture<MemberStatus> statusAsync(String endpoint) {
        return statusCall(endpoint).future();
    }

    private Call<MemberStatus> statusCall(String endpoint) {
        return context.call(
                UnaryCall.ask(
                        context,
                        List.of(Limits.endpoint("endpoint", endpoint)),
                        stub -> stub.status(StatusRequest.getDefaultInstance())),
                ClusterView::member);
    }

    @Override
    public List<MemberStatus> members() {
        return membersCall().await();
    }

    @Override
    public CompletableFuture<List<MemberStatus>> membersAsync() {
        return membersCall().future();
    }

    private Call<List<MemberStatus>> membersCall() {
        ListMembersRequest message = ListMembersRequest.newBuilder()
                .setDeadlineMillis(timeoutMillis())
                .build();
        return context.call(
                UnaryCall.ask(context, context.endpoints().all(), stub -> stub.listMembers(message)),
                answer -> members(answer.getMembersList()));
    }

    @Override
    public List<MemberStatus> addLearner(int memberId, String uuid, String peerEndpoint) {
        return addLearnerCall(memberId, uuid, peerEndpoint).await();
    }

    @Override
    public CompletableFuture<List<MemberStatus>> addLearnerAsync(int memberId, String uuid, String peerEndpoint) {
        return addLearnerCall(memberId, uuid, peerEndpoint).future();
    }

    private Call<List<MemberStatus>> addLearnerCall(int memberId, String uuid, String peerEndpoint) {
        return change(ChangeMembershipRequest.newBuilder()
                .setAddLearner(AddLearner.newBuilder()
                        .setMemberId(memberId)
                        .setUuid(uuid)
                        .setPeerEndpoint(peerEndpoint)));
    }

    @Override
    public List<MemberStatus> promote(int memberId) {
        return promoteCall(memberId).await();
    }

    @Override
    public CompletableFuture<List<MemberStatus>> promoteAsync(int memberId) {
        return promoteCall(memberId).future();
    }

    private Call<List<MemberStatus>> promoteCall(int memberId) {
        return change(ChangeMembershipRequest.newBuilder().setPromote(memberId));
    }

    @Override
    public List<MemberStatus> remove(int memberId) {
        return removeCall(memberId).await();
    }

    @Override
    public CompletableFuture<List<MemberStatus>> removeAsync(int memberId) {
        return removeCall(memberId).future();
    }

    private Call<List<MemberStatus>> removeCall(int memberId) {
        return change(ChangeMembershipRequest.newBuilder().setRemove(memberId));
    }

    @Override
    public List<MemberStatus> replace(int outgoing, int learner) {
        return replaceCall(outgoing, learner).await();
    }

    @Override
    public CompletableFuture<List<MemberStatus>> replaceAsync(int outgoing, int learner) {
        return replaceCall(outgoing, learner).future();
    }

    private Call<List<MemberStatus>> replaceCall(int outgoing, int learner) {
        return change(ChangeMembershipRequest.newBuilder()
                .setReplace(ReplaceMember.newBuilder().setOutgoing(outgoing).setLearner(learner)));
    }

    private Call<List<MemberStatus>> change(ChangeMembershipRequest.Builder request) {
        ChangeMembershipRequest message =
                request.setDeadlineMillis(timeoutMillis()).build();
        return context.call(
                UnaryCall.change(context, stub -> stub.changeMembership(message)),
                answer -> members(answer.getMembersList()));
    }

    @Override
    public int transferLeadership(int toMember) {
        return transferLeadershipCall(toMember).await();
    }

    @Override
    public CompletableFuture<Integer> transferLeadershipAsync(int toMember) {
        return transferLeadershipCall(toMember).future();
    }

    private Call<Integer> transferLeadershipCall(int toMember) {
        TransferLeadershipRequest message = TransferLeadershipRequest.newBuilder()
                .setTo(toMember)
                .setDeadlineMillis(timeoutMillis())
                .build();
        return context.call(
                UnaryCall.change(context, stub -> stub.transferLeadership(message)),
                TransferLeadershipResponse::getLeaderId);
    }

    @Override
    public SnapshotHeader saveSnapshot(OutputStream out) throws IOException {
        context.calls().requireNotOwner();
        StringBuilder reasons = new StringBuilder();
        SnapshotDownload unconfirmed = null;
        for (String endpoint : context.endpoints().all()) {
            SnapshotDownload download = new SnapshotDownload(context.transport().channel(endpoint));
            try {
                download.open();
            } catch (StatusException e) {
                reasons.append(UnaryCall.reason(endpoint, Errors.stated(e.getTrailers()), e.getStatus()));
                continue;
            }
            if (download.isConfirmed()) {
                giveUp(unconfirmed);
                return download.writeTo(out);
            }
            if (unconfirmed == null || download.reachesAsFarAs(unconfirmed)) {
                giveUp(unconfirmed);
                unconfirmed = download;
            } else {
                download.cancel();
            }
        }
        if (unconfirmed != null) {
            return unconfirmed.writeTo(out);
        }
        throw Errors.exception(UnaryCall.unreachable("no member answers: " + reasons, Outcome.NOT_APPLIED));
    }

    private static void giveUp(@Nullable SnapshotDownload download) {
        if (download != null) {
            download.cancel();
        }
    }

    /** What a member may take; a caller may be more patient than members are. */
    private long timeoutMillis() {
        return Math.min(TimeUnit.NANOSECONDS.toMillis(context.calls().timeoutNanos()), MAX_DEADLINE_MILLIS);
    }

    private static List<MemberStatus> members(List<io.gavel.protocol.v1.MemberStatus> messages) {
        List<MemberStatus> members = new ArrayList<>(messages.size());
        messages.forEach(message -> members.add(member(message)));
        return Collections.unmodifiableList(members);
    }

    private static MemberStatus member(io.gavel.protocol.v1.MemberStatus message) {
        List<MemberStatus.Checkpoint> checkpoints = new ArrayList<>(message.getCheckpointsCount());
        message.getCheckpointsList()
                .forEach(checkpoint -> checkpoints.add(new MemberStatus.Checkpoint(
                        checkpoint.getIndex(), checkpoint.getDigestVersion(), Decode.bytes(checkpoint.getDigest()))));
        return new MemberStatus(
                message.getMemberId(),
                message.getUuid(),
                message.getClientEndpoint(),
                message.getPeerEndpoint(),
                message.getRole(),
                message.getReachable(),
                message.getTerm(),
                message.getLeaderId(),
                message.getCommitIndex(),
                message.getLastApplied(),
                message.getRevision(),
                Collections.unmodifiableList(checkpoints),
                message.getVersion());
    }
}
