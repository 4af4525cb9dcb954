package io.gavel.cli.local;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/// Gives every test class of this run the same cluster of real server processes, started when the first one asks.
public final class SharedCluster implements ParameterResolver {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /// The processes and their directory, both gone when the last test has ended.
    private record Running(LocalCluster cluster, ScratchDirectory directory) implements AutoCloseable {
        static Running start() {
            ScratchDirectory directory = ScratchDirectory.create("gavel-cli-test-");
            Path data = directory.path();
            LocalCluster cluster = LocalCluster.of(3, data, LocalCluster.freeBasePort(3, new Random()), List.of());
            try {
                cluster.start();
                cluster.awaitReady(PATIENCE);
            } catch (RuntimeException e) {
                cluster.close();
                throw new IllegalStateException(
                        "no cluster: " + cluster.member(1).lastLogLines(20), e);
            }
            return new Running(cluster, directory);
        }

        @Override
        public void close() {
            cluster.close();
            directory.close();
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == LocalCluster.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getRoot()
                .getStore(ExtensionContext.Namespace.create(SharedCluster.class))
                .getOrComputeIfAbsent(Running.class, _ -> Running.start(), Running.class)
                .cluster();
    }
}
