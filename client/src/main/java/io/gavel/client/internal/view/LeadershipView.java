package io.gavel.client.internal.view;

import com.google.protobuf.ByteString;
import io.gavel.client.election.Leadership;
import io.gavel.client.error.Outcome;
import io.gavel.client.internal.core.Grant;
import io.gavel.client.internal.port.Completion;
import io.gavel.client.internal.runner.Call;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Proclaim;
import java.util.concurrent.CompletableFuture;

/** One grant of a leadership. */
final class LeadershipView extends GrantView implements Leadership {
    private volatile String proposal;

    LeadershipView(Context context, Grant grant) {
        super(context, grant);
        this.proposal = grant.request().proposal().toStringUtf8();
    }

    @Override
    public String proposal() {
        return proposal;
    }

    @Override
    public void proclaim(String next) {
        proclaimCall(next).await();
    }

    @Override
    public CompletableFuture<Void> proclaimAsync(String next) {
        return proclaimCall(next).completion();
    }

    private Call<Long> proclaimCall(String next) {
        ByteString command = Command.newBuilder()
                .setProclaim(Proclaim.newBuilder()
                        .setName(name())
                        .setToken(fencingToken())
                        .setProposal(ElectionView.proposal(next)))
                .build()
                .toByteString();
        return context.call(
                (long deadline, Completion<CommandResult> completion) -> {
                    if (grant.isHeld()) {
                        context.core().execute(grant, command, deadline, completion);
                    } else {
                        completion.fail(notHeld(Outcome.NOT_APPLIED));
                    }
                },
                result -> {
                    proposal = next;
                    return result.getRevision();
                });
    }

    @Override
    public void resign() {
        release();
    }

    @Override
    public CompletableFuture<Boolean> resignAsync() {
        return releaseAsync();
    }
}
