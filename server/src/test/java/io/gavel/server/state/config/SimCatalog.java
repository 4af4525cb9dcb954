package io.gavel.server.state.config;

import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.ConfigRelease;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.Guard;
import io.gavel.protocol.v1.Query;
import io.gavel.protocol.v1.QueryResult;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.raft.EntryId;
import io.gavel.server.entry.Refusals;
import io.gavel.server.entry.v1.ClusterSettings;
import io.gavel.server.state.table.ApplyContext;
import io.gavel.server.state.table.LiveSessions;
import io.gavel.server.state.table.ReadContext;
import io.gavel.server.state.table.StateDigest;
import io.gavel.server.state.table.StateEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The rest of a state machine around the config catalog; every command is one entry.
final class SimCatalog implements ApplyContext, LiveSessions {
    final List<ConfigRelease> released = new ArrayList<>();
    ConfigCatalog catalog = new ConfigCatalog();
    boolean guardsHold = true;

    private long revision = 10;
    private long index;
    private boolean changed;

    CommandResult execute(Command command) {
        index++;
        changed = false;
        return catalog.execute(command, this).setRevision(revision).build();
    }

    QueryResult read(Query query) {
        return catalog.read(query, new ReadContext(revision, 0, this)).build();
    }

    /// Replaces the catalog by what its snapshot records restore, and checks that the digests agree.
    void restoreFromSnapshot() {
        ConfigCatalog restored = new ConfigCatalog();
        StateDigest sum = new StateDigest();
        try {
            catalog.writeTo((key, value) -> {
                sum.add(key, value);
                restored.readRecord(key, value);
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (!catalog.digest().value().equals(sum.value())
                || !restored.digest().value().equals(sum.value())
                || catalog.stateBytes() != restored.stateBytes()) {
            throw new AssertionError("restored state differs");
        }
        catalog = restored;
    }

    @Override
    public EntryId entryId() {
        return new EntryId(1, index);
    }

    @Override
    public long nowNanos() {
        return 0;
    }

    @Override
    public ClusterSettings settings() {
        return ClusterSettings.newBuilder()
                .setMaxConfigReleases(3)
                .setMaxConfigBytes(1_000)
                .setMaxKeyBytes(100)
                .build();
    }

    @Override
    public long sessionId() {
        return 0;
    }

    @Override
    public long sequence() {
        return 0;
    }

    @Override
    public long revision() {
        return revision;
    }

    @Override
    public long changeRevision() {
        if (!changed) {
            changed = true;
            revision++;
        }
        return revision;
    }

    @Override
    public void nextChange() {
        changed = false;
    }

    @Override
    public long nextToken() {
        throw new AssertionError("config grants nothing");
    }

    @Override
    public LiveSessions sessions() {
        return this;
    }

    @Override
    public @Nullable Error checkGuards(List<Guard> guards) {
        return guardsHold || guards.isEmpty()
                ? null
                : Refusals.conflict("guard").build();
    }

    @Override
    public @Nullable Error checkGrowth(long bytes) {
        return null;
    }

    @Override
    public long grantsBlockedUntilNanos() {
        return 0;
    }

    @Override
    public void publish(StateEvent event) {
        switch (event) {
            case StateEvent.ConfigReleased(ConfigRelease release) -> released.add(release);
            case StateEvent.KeyChanged _, StateEvent.LeaderChanged _ -> throw new AssertionError("not of config");
        }
    }

    @Override
    public void notifySession(long sessionId, SessionEvent event) {
        throw new AssertionError("config tells no session");
    }

    @Override
    public boolean isAlive(long sessionId) {
        return false;
    }

    @Override
    public long deadlineNanos(long sessionId) {
        return 0;
    }

    @Override
    public String owner(long sessionId) {
        return "";
    }
}
