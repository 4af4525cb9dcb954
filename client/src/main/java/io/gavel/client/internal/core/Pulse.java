package io.gavel.client.internal.core;

import io.gavel.client.internal.port.ClientClock;
import io.gavel.client.internal.port.Transport;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Whether the members that this client only listens to still live.
 *
 * <p>A watch on which nothing happens looks like one on a member that has stopped, or that is cut off from its leader.
 * gRPC's own keepalive takes at least ten seconds. So a member that has delivered nothing for a while is asked, once
 * for all watches there, and whether it knows a leader.
 */
final class Pulse {
    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(3);
    private static final long ANSWER_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long NOT_ASKED = -1;
    /** An election takes less than the time between as many questions. */
    private static final int MAX_LEADERLESS = 2;

    private static final class Member {
        int streams;
        long heardAt;
        long askedAt = NOT_ASKED;
        int leaderless;

        long dueNanos() {
            return askedAt == NOT_ASKED ? heardAt + QUIET_NANOS : askedAt + ANSWER_NANOS;
        }
    }

    private final Transport transport;
    private final ClientClock clock;
    private final Map<String, Member> members = new LinkedHashMap<>();

    Pulse(Transport transport, ClientClock clock) {
        this.transport = transport;
        this.clock = clock;
    }

    void opened(String endpoint, long now) {
        Member member = members.computeIfAbsent(endpoint, name -> new Member());
        if (member.streams++ == 0) {
            member.heardAt = now;
        }
    }

    void closed(String endpoint) {
        Member member = members.get(endpoint);
        if (member != null && --member.streams == 0) {
            members.remove(endpoint);
        }
    }

    void heard(String endpoint, long now) {
        Member member = members.get(endpoint);
        if (member != null) {
            member.heardAt = now;
            member.askedAt = NOT_ASKED;
        }
    }

    void doWork(long now) {
        members.forEach((endpoint, member) -> {
            if (member.askedAt == NOT_ASKED && member.dueNanos() <= now) {
                member.askedAt = now;
                transport.probe(endpoint, knowsLeader -> {
                    member.heardAt = clock.monotonicNanos();
                    member.askedAt = NOT_ASKED;
                    member.leaderless = knowsLeader ? 0 : member.leaderless + 1;
                });
            }
        });
    }

    /** Whether the member was asked and has not answered in time. */
    boolean isSilent(String endpoint, long now) {
        Member member = members.get(endpoint);
        return member != null && member.askedAt != NOT_ASKED && member.dueNanos() <= now;
    }

    /** Whether the member has known no leader for a while. */
    boolean isLeaderless(String endpoint) {
        Member member = members.get(endpoint);
        return member != null && member.leaderless >= MAX_LEADERLESS;
    }

    long nextDeadlineNanos() {
        long next = Long.MAX_VALUE;
        for (Member member : members.values()) {
            next = Math.min(next, member.dueNanos());
        }
        return next;
    }
}
