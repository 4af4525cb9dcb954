package io.gavel.server.state;

import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Error;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.raft.EntryId;
import io.gavel.server.state.table.KeyVersion;
import io.gavel.server.state.table.StateEvent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Keeps everything that a state machine told, as text where that is enough to compare two machines.
final class SimListener implements StateListener {
    final List<String> trace = new ArrayList<>();
    final Map<Long, CommandResult> results = new LinkedHashMap<>();
    final List<String> renewals = new ArrayList<>();
    final Map<Long, SessionEvent> sessionEvents = new LinkedHashMap<>();
    final Map<Long, List<StateEvent>> events = new LinkedHashMap<>();
    long oldestRevision;

    @Override
    public void onResult(EntryId entryId, long sessionId, long sequence, CommandResult result) {
        results.put(entryId.index(), result);
        trace.add(entryId + " " + sessionId + "/" + sequence + " "
                + result.toByteString().hashCode() + " " + result.getKindCase() + " r" + result.getRevision());
    }

    @Override
    public void onRenewed(long sessionId, int originMember, long renewalId, @Nullable Error error) {
        String line = sessionId + "/" + renewalId + " " + (error == null ? "renewed" : error.getCode());
        renewals.add(line);
        trace.add(line + " " + originMember);
    }

    @Override
    public void onSessionEvent(long sessionId, SessionEvent event) {
        sessionEvents.put(sessionId, event);
        trace.add("session " + sessionId + " " + event.getKindCase());
    }

    @Override
    public void onEvents(long revision, List<StateEvent> changes) {
        if (events.put(revision, changes) != null) {
            throw new AssertionError("revision " + revision + " was split");
        }
        for (StateEvent change : changes) {
            trace.add(revision + " " + describe(change));
        }
    }

    private static String describe(StateEvent event) {
        return switch (event) {
            case StateEvent.KeyChanged(byte[] key, KeyVersion current, KeyVersion previous) ->
                new String(key, StandardCharsets.ISO_8859_1) + " " + current.modRevision() + "/" + current.version()
                        + " from " + (previous == null ? "nothing" : previous.modRevision());
            case StateEvent.ConfigReleased released -> released.toString();
            case StateEvent.LeaderChanged changed -> changed.toString();
        };
    }

    @Override
    public void onCompacted(long revision) {
        oldestRevision = revision;
        trace.add("compacted " + revision);
    }

    @Override
    public void onTurnEnd() {}
}
