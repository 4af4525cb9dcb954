package io.gavel.client.internal.view;

import com.google.protobuf.ByteString;
import io.gavel.client.Bytes;
import io.gavel.client.election.Election;
import io.gavel.client.election.ElectionRunner;
import io.gavel.client.election.ElectionStatus;
import io.gavel.client.election.Leader;
import io.gavel.client.election.LeaderChange;
import io.gavel.client.election.LeaderLatch;
import io.gavel.client.election.LeaderTask;
import io.gavel.client.election.Leadership;
import io.gavel.client.internal.core.GrantRequest;
import io.gavel.client.internal.core.WatchAgent;
import io.gavel.client.internal.runner.Call;
import io.gavel.client.internal.wire.Decode;
import io.gavel.client.internal.wire.Limits;
import io.gavel.client.watch.Watch;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.ElectionQuery;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.TransferElection;
import io.gavel.protocol.v1.WatchRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** One election. */
final class ElectionView implements Election {
    private static final int MAX_PROPOSAL_BYTES = 64 * 1024;

    private final Context context;
    private final String name;

    ElectionView(Context context, String name) {
        this.context = context;
        this.name = name;
    }

    static ByteString proposal(String proposal) {
        int bytes = Bytes.utf8(proposal).size();
        Limits.require(bytes <= MAX_PROPOSAL_BYTES, "proposal", "at most 65,536 bytes", bytes + " bytes");
        return ByteString.copyFromUtf8(proposal);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Leadership campaign(String proposal) throws InterruptedException {
        return start(proposal).await();
    }

    @Override
    public CompletableFuture<Leadership> campaignAsync(String proposal) {
        return start(proposal);
    }

    private Acquisition<Leadership> start(String proposal) {
        return Acquisition.required(context, request(proposal, GrantRequest.FOR_EVER), LeadershipView::new);
    }

    @Override
    public Optional<Leadership> campaign(String proposal, Duration wait) throws InterruptedException {
        return start(proposal, wait).await();
    }

    @Override
    public CompletableFuture<Optional<Leadership>> campaignAsync(String proposal, Duration wait) {
        return start(proposal, wait);
    }

    private Acquisition<Optional<Leadership>> start(String proposal, Duration wait) {
        return Acquisition.optional(context, request(proposal, Limits.waitNanos(wait)), LeadershipView::new);
    }

    @Override
    public ElectionRunner run(String proposal, LeaderTask task) {
        return new ElectionRunnerView(context, request(proposal, GrantRequest.FOR_EVER), task);
    }

    @Override
    public LeaderLatch latch(String proposal) {
        return new LeaderLatchView(context, request(proposal, GrantRequest.FOR_EVER));
    }

    private GrantRequest request(String proposal, long waitNanos) {
        return GrantRequest.leadership(name, proposal(proposal), waitNanos);
    }

    @Override
    public Optional<Leader> leader() {
        return describe().leader();
    }

    @Override
    public CompletableFuture<Optional<Leader>> leaderAsync() {
        return describeCall().map(ElectionStatus::leader).future();
    }

    @Override
    public ElectionStatus describe() {
        return describeCall().await();
    }

    @Override
    public CompletableFuture<ElectionStatus> describeAsync() {
        return describeCall().future();
    }

    private Call<ElectionStatus> describeCall() {
        return context.read(
                Query.newBuilder().setElection(ElectionQuery.newBuilder().setName(name)),
                result -> Decode.election(result.getElection()));
    }

    @Override
    public Watch<LeaderChange> observe() {
        WatchView<LeaderChange> view = new WatchView<>(context.calls());
        WatchRequest request = WatchRequest.newBuilder().setElection(name).build();
        view.start(context.core(), new WatchAgent<>(request, new LeaderChangeDecoder(), view));
        return view;
    }

    @Override
    public void transfer(long toSession, boolean now) {
        transferCall(toSession, now).await();
    }

    @Override
    public CompletableFuture<Void> transferAsync(long toSession, boolean now) {
        return transferCall(toSession, now).completion();
    }

    private Call<Long> transferCall(long toSession, boolean now) {
        return context.execute(
                Command.newBuilder()
                        .setTransferElection(TransferElection.newBuilder()
                                .setName(name)
                                .setToSession(toSession)
                                .setNow(now)),
                CommandResult::getRevision);
    }
}
