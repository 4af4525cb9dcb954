package io.gavel.client.internal.view;

import io.gavel.client.cluster.Cluster;
import io.gavel.client.cluster.ClusterStatus;
import io.gavel.client.cluster.MemberStatus;
import io.gavel.client.cluster.SnapshotHeader;
import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.GavelException;
import io.gavel.client.error.Outcome;
import io.gavel.client.internal.wire.Decode;
import io.gavel.client.internal.wire.Errors;
import io.gavel.protocol.v1.AddLearner;
import io.gavel.protocol.v1.ChangeMembershipRequest;
import io.gavel.protocol.v1.ChangeMembershipResponse;
import io.gavel.protocol.v1.ClusterGrpc;
import io.gavel.protocol.v1.ClusterGrpc.ClusterBlockingStub;
import io.gavel.protocol.v1.ClusterStatusResponse;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.ReplaceMember;
import io.gavel.protocol.v1.SaveSnapshotRequest;
import io.gavel.protocol.v1.SnapshotChunk;
import io.gavel.protocol.v1.StatusRequest;
import io.gavel.protocol.v1.TransferLeadershipRequest;
import io.gavel.protocol.v1.TransferLeadershipResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The operators' calls, each unary and on its own. What only asks is tried on one endpoint after the other. What
 * changes something is sent once more elsewhere only if it surely was not received.
 */
final class ClusterView implements Cluster {
    private final Context context;

    ClusterView(Context context) {
        this.context = context;
    }

    @Override
    public ClusterStatus status() {
        ClusterStatusResponse answer =
                ask(stub -> stub.clusterStatus(StatusRequest.getDefaultInstance()), response -> null, true);
        return new ClusterStatus(
                Decode.bytes(answer.getClusterId()),
                answer.getLeaderId(),
                answer.getTerm(),
                answer.getRevision(),
                members(answer.getMembersList()),
                answer.getJoint());
    }

    @Override
    public MemberStatus status(String endpoint) {
        try {
            return member(stub(endpoint, context.calls().timeoutNanos()).status(StatusRequest.getDefaultInstance()));
        } catch (StatusRuntimeException e) {
            throw Errors.exception(unreachable(endpoint + ": " + e.getStatus(), Outcome.NOT_APPLIED));
        }
    }

    @Override
    public List<MemberStatus> members() {
        return status().members();
    }

    @Override
    public List<MemberStatus> addLearner(int memberId, String uuid, String peerEndpoint) {
        return change(ChangeMembershipRequest.newBuilder()
                .setAddLearner(AddLearner.newBuilder()
                        .setMemberId(memberId)
                        .setUuid(uuid)
                        .setPeerEndpoint(peerEndpoint)));
    }

    @Override
    public List<MemberStatus> promote(int memberId) {
        return change(ChangeMembershipRequest.newBuilder().setPromote(memberId));
    }

    @Override
    public List<MemberStatus> remove(int memberId) {
        return change(ChangeMembershipRequest.newBuilder().setRemove(memberId));
    }

    @Override
    public List<MemberStatus> replace(int outgoing, int learner) {
        return change(ChangeMembershipRequest.newBuilder()
                .setReplace(ReplaceMember.newBuilder().setOutgoing(outgoing).setLearner(learner)));
    }

    private List<MemberStatus> change(ChangeMembershipRequest.Builder request) {
        ChangeMembershipRequest message =
                request.setDeadlineMillis(timeoutMillis()).build();
        ChangeMembershipResponse answer = ask(
                stub -> stub.changeMembership(message),
                response -> response.hasError() ? response.getError() : null,
                false);
        return members(answer.getMembersList());
    }

    @Override
    public int transferLeadership(int toMember) {
        TransferLeadershipRequest message = TransferLeadershipRequest.newBuilder()
                .setTo(toMember)
                .setDeadlineMillis(timeoutMillis())
                .build();
        TransferLeadershipResponse answer = ask(
                stub -> stub.transferLeadership(message),
                response -> response.hasError() ? response.getError() : null,
                false);
        return answer.getLeaderId();
    }

    @Override
    public SnapshotHeader saveSnapshot(OutputStream out) throws IOException {
        String reasons = "";
        for (String endpoint : context.endpoints().all()) {
            try {
                Iterator<SnapshotChunk> chunks = ClusterGrpc.newBlockingStub(
                                context.transport().channel(endpoint))
                        .saveSnapshot(SaveSnapshotRequest.getDefaultInstance());
                if (chunks.hasNext()) {
                    return write(chunks, out);
                }
                reasons += endpoint + ": sent nothing; ";
            } catch (StatusRuntimeException e) {
                reasons += endpoint + ": " + e.getStatus() + "; ";
            }
        }
        throw Errors.exception(unreachable(reasons, Outcome.NOT_APPLIED));
    }

    /** The first chunk is there; from here on a failure is final, since {@code out} has been written to. */
    private static SnapshotHeader write(Iterator<SnapshotChunk> chunks, OutputStream out) throws IOException {
        SnapshotChunk first = chunks.next();
        long written = 0;
        try {
            for (SnapshotChunk chunk = first; ; chunk = chunks.next()) {
                chunk.getContent().writeTo(out);
                written += chunk.getContent().size();
                if (!chunks.hasNext()) {
                    break;
                }
            }
        } catch (StatusRuntimeException e) {
            throw new IOException("the snapshot broke off after " + written + " bytes: " + e.getStatus(), e);
        }
        return new SnapshotHeader(
                first.getHeader().getTerm(),
                first.getHeader().getIndex(),
                first.getHeader().getRevision(),
                Decode.bytes(first.getHeader().getDigest()),
                written);
    }

    /** Asks one endpoint after the other until one answers. */
    private <A> A ask(Function<ClusterBlockingStub, A> call, Function<A, @Nullable Error> errorOf, boolean repeatable) {
        context.calls().requireNotOwner();
        long deadline = context.calls().runner().clock().monotonicNanos()
                + context.calls().timeoutNanos();
        StringBuilder reasons = new StringBuilder();
        for (String endpoint : context.endpoints().all()) {
            long left = deadline - context.calls().runner().clock().monotonicNanos();
            if (left <= 0) {
                break;
            }
            try {
                A answer = call.apply(stub(endpoint, repeatable ? Math.max(left / 2, 1) : left));
                Error error = errorOf.apply(answer);
                if (error == null) {
                    return answer;
                }
                throw failure(error);
            } catch (StatusRuntimeException e) {
                reasons.append(endpoint).append(": ").append(e.getStatus()).append("; ");
                if (!repeatable && !neverSent(e.getStatus())) {
                    throw Errors.exception(unreachable(reasons.toString(), Outcome.UNKNOWN));
                }
            }
        }
        throw Errors.exception(unreachable("no member answers: " + reasons, Outcome.NOT_APPLIED));
    }

    private static GavelException failure(Error error) {
        boolean notApplied = error.getOutcome() == io.gavel.protocol.v1.Outcome.NOT_APPLIED;
        return Errors.exception(Errors.detail(error, notApplied ? Outcome.NOT_APPLIED : Outcome.UNKNOWN));
    }

    /** Whether no connection could be made, so that nothing was received. */
    private static boolean neverSent(Status status) {
        return status.getCode() == Status.Code.UNAVAILABLE && (status.getCause() instanceof java.net.ConnectException);
    }

    private static ErrorDetail unreachable(String reasons, Outcome outcome) {
        return ErrorDetail.local(ErrorCode.UNAVAILABLE, outcome, reasons, "");
    }

    private ClusterBlockingStub stub(String endpoint, long nanos) {
        return ClusterGrpc.newBlockingStub(context.transport().channel(endpoint))
                .withDeadlineAfter(nanos, TimeUnit.NANOSECONDS);
    }

    private long timeoutMillis() {
        return TimeUnit.NANOSECONDS.toMillis(context.calls().timeoutNanos());
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
