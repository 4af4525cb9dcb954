package io.gavel.faults.sim.client;

import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.Outcome;
import io.gavel.client.internal.port.Completion;
import io.gavel.faults.history.Event;
import io.gavel.faults.history.Observation;
import io.gavel.faults.history.Status;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.ConfigQuery;
import io.gavel.protocol.v1.ConfigRelease;
import io.gavel.protocol.v1.PublishConfig;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.RollbackConfig;
import java.util.List;
import java.util.TreeMap;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/// Work with configuration: publish, roll back, read.
final class ConfigChores {
    static final String NAMESPACE = "app";

    private ConfigChores() {}

    static void publish(Script script, Runnable then) {
        publish(script, null, then);
    }

    /// Publishes over the release that it reads, if there is none newer by then.
    static void publishOver(Script script, Runnable then) {
        read(script, release -> {
            if (release == null) {
                then.run();
            } else {
                publish(script, release.getVersion(), then);
            }
        });
    }

    private static void publish(Script script, @Nullable Long expected, Runnable then) {
        String key = "k" + script.random().nextInt(3);
        String value = script.freshValue();
        PublishConfig.Builder publish =
                PublishConfig.newBuilder().setNamespace(NAMESPACE).putSet(key, value);
        if (expected != null) {
            publish.setExpectedVersion(expected);
        }
        Command command = Command.newBuilder().setPublishConfig(publish).build();
        List<Observation.Change> changes = List.of(new Observation.Change(key, value));
        write(
                script,
                command,
                version -> new Observation.ConfigPublished(NAMESPACE, expected, changes, version == 0 ? null : version),
                then);
    }

    static void rollBack(Script script, Runnable then) {
        read(script, release -> {
            if (release == null || release.getVersion() < 2) {
                then.run();
                return;
            }
            long to = 1 + script.random().nextLong(release.getVersion() - 1);
            Command command = Command.newBuilder()
                    .setRollbackConfig(
                            RollbackConfig.newBuilder().setNamespace(NAMESPACE).setToVersion(to))
                    .build();
            write(
                    script,
                    command,
                    version -> new Observation.ConfigRolledBack(NAMESPACE, to, version == 0 ? null : version),
                    then);
        });
    }

    static void read(Script script, Runnable then) {
        read(script, _ -> then.run());
    }

    private interface ReleaseSink {
        void accept(@Nullable ConfigRelease release);
    }

    private static void read(Script script, ReleaseSink sink) {
        long called = script.now();
        script.shared().tally().begun();
        Query query = Query.newBuilder()
                .setConfig(ConfigQuery.newBuilder().setNamespace(NAMESPACE))
                .build();
        script.client().core().read(query, script.deadline(), new Completion<>() {
            @Override
            public void succeed(QueryResult result) {
                script.shared().tally().ok();
                ConfigRelease release = result.getConfig();
                tell(
                        script,
                        new Observation.ConfigRead(
                                NAMESPACE, release.getVersion(), new TreeMap<>(release.getEntriesMap())),
                        Status.OK,
                        called);
                sink.accept(release);
            }

            @Override
            public void fail(ErrorDetail error) {
                script.shared().tally().failed();
                sink.accept(null);
            }
        });
    }

    private static void write(Script script, Command command, LongFunction<Observation> observation, Runnable then) {
        long called = script.now();
        script.shared().tally().begun();
        script.client()
                .core()
                .execute(
                        script.client().core().ownSession(),
                        command.toByteString(),
                        script.deadline(),
                        new Completion<>() {
                            @Override
                            public void succeed(CommandResult result) {
                                script.shared().tally().ok();
                                tell(
                                        script,
                                        observation.apply(result.getConfig().getVersion()),
                                        Status.OK,
                                        called);
                                then.run();
                            }

                            @Override
                            public void fail(ErrorDetail error) {
                                boolean refused = error.outcome() == Outcome.NOT_APPLIED;
                                if (refused) {
                                    script.shared().tally().failed();
                                } else {
                                    script.shared().tally().unknown();
                                }
                                tell(script, observation.apply(0), refused ? Status.FAIL : Status.INFO, called);
                                then.run();
                            }
                        });
    }

    private static void tell(Script script, Observation observation, Status status, long called) {
        script.shared().history().add(new Event(script.process(), observation, status, called, script.now()));
    }
}
