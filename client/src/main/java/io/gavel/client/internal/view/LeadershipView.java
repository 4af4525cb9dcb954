package io.gavel.client.internal.view;

import com.google.protobuf.ByteString;
import io.gavel.client.election.Leadership;
import io.gavel.client.internal.core.Grant;
import io.gavel.client.internal.runner.Operation;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Proclaim;

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
        requireHeld();
        ByteString command = Command.newBuilder()
                .setProclaim(Proclaim.newBuilder()
                        .setName(name())
                        .setToken(fencingToken())
                        .setProposal(ElectionView.proposal(next)))
                .build()
                .toByteString();
        Operation<CommandResult> operation =
                (deadline, completion) -> context.core().execute(grant, command, deadline, completion);
        context.calls().await(operation, CommandResult::getRevision);
        proposal = next;
    }

    @Override
    public void resign() {
        release();
    }
}
