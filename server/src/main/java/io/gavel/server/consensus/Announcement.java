package io.gavel.server.consensus;

import io.gavel.server.entry.v1.AnnounceMember;
import io.gavel.server.entry.v1.ServerCommand;
import java.util.SortedMap;

/// What this member says of itself through the log: where clients reach it and what it can do (rule 28).
public record Announcement(AnnounceMember member) {
    static final long RETRY_NANOS = 1_000_000_000;

    /// Whether the log already says so.
    boolean isIn(SortedMap<Integer, AnnounceMember> announced) {
        return member.equals(announced.get(member.getMemberId()));
    }

    ServerCommand command() {
        return ServerCommand.newBuilder().setAnnounceMember(member).build();
    }
}
