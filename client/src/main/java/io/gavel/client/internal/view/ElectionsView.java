package io.gavel.client.internal.view;

import io.gavel.client.election.Election;
import io.gavel.client.election.ElectionStatus;
import io.gavel.client.election.Elections;
import io.gavel.client.internal.runner.Call;
import io.gavel.client.internal.wire.Decode;
import io.gavel.client.internal.wire.Limits;
import io.gavel.protocol.v1.ElectionListQuery;
import io.gavel.protocol.v1.Query;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** Elections by name. */
final class ElectionsView implements Elections {
    private final Context context;

    ElectionsView(Context context) {
        this.context = context;
    }

    @Override
    public Election election(String name) {
        return new ElectionView(context, Limits.name(name));
    }

    @Override
    public List<ElectionStatus> list(String prefix, String after, int limit) {
        return listCall(prefix, after, limit).await();
    }

    @Override
    public CompletableFuture<List<ElectionStatus>> listAsync(String prefix, String after, int limit) {
        return listCall(prefix, after, limit).future();
    }

    private Call<List<ElectionStatus>> listCall(String prefix, String after, int limit) {
        return context.read(
                Query.newBuilder()
                        .setElectionList(ElectionListQuery.newBuilder()
                                .setPrefix(prefix)
                                .setAfter(after)
                                .setLimit(Limits.nonNegative("limit", limit))),
                result -> result.getElectionList().getElectionsList().stream()
                        .map(Decode::election)
                        .collect(Collectors.toUnmodifiableList()));
    }
}
