package io.gavel.client.internal.view;

import io.gavel.client.config.ConfigNamespace;
import io.gavel.client.config.ConfigRelease;
import io.gavel.client.config.ConfigStore;
import io.gavel.client.internal.runner.Call;
import io.gavel.client.internal.wire.Decode;
import io.gavel.client.internal.wire.Limits;
import io.gavel.protocol.v1.ConfigListQuery;
import io.gavel.protocol.v1.Query;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;

/** Namespaces by name. */
final class ConfigStoreView implements ConfigStore {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._/-]{0,127}");

    private final Context context;

    ConfigStoreView(Context context) {
        this.context = context;
    }

    @Override
    public ConfigNamespace namespace(String name) {
        Limits.require(NAME.matcher(name).matches(), "namespace", NAME.pattern(), '"' + name + '"');
        return new ConfigNamespaceView(context, name);
    }

    @Override
    public List<ConfigRelease> list(String prefix, String after, int limit) {
        return listCall(prefix, after, limit).await();
    }

    @Override
    public CompletableFuture<List<ConfigRelease>> listAsync(String prefix, String after, int limit) {
        return listCall(prefix, after, limit).future();
    }

    private Call<List<ConfigRelease>> listCall(String prefix, String after, int limit) {
        return context.read(
                Query.newBuilder()
                        .setConfigList(ConfigListQuery.newBuilder()
                                .setPrefix(prefix)
                                .setAfter(after)
                                .setLimit(Limits.nonNegative("limit", limit))),
                result -> Decode.releases(result.getConfigList().getNamespacesList()));
    }
}
