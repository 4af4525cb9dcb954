package io.gavel.server.state.lock;

import com.google.protobuf.ByteString;
import io.gavel.raft.check.Invariants;
import io.gavel.server.entry.v1.OwnershipClaimRecord;

/// One request for permits of one queue.
///
/// ```
/// WAITING -> HELD    granted
/// WAITING -> gone    wait limit, withdrawal, end of its session
/// HELD    -> gone    released, or closed with its session
/// HELD    -> LOST    revoked, evicted, or expired with a lock-delay
/// LOST    -> gone    confirmed, its time is over, or its session ended
/// ```
///
/// Only [PermitQueues] changes the state, and only while the claim is out of its queue's indexes.
final class Claim {
    enum State {
        WAITING,
        HELD,
        LOST
    }

    /// A deadline that never comes.
    static final long NEVER = Long.MAX_VALUE;

    final PermitQueue queue;
    final ClaimId id;
    final int permits;

    private State state = State.WAITING;
    private long position;
    private long waitUntilNanos = NEVER;
    private ByteString proposal = ByteString.EMPTY;
    // HELD and LOST only.
    private long token;
    private long grantRevision;
    // LOST only. Blocking: its permits still count, because its client may not know of the loss yet.
    private boolean blocking;
    private long lingerUntilNanos = NEVER;

    Claim(PermitQueue queue, ClaimId id, int permits) {
        this.queue = queue;
        this.id = id;
        this.permits = permits;
    }

    State state() {
        return state;
    }

    /// Place in the queue: lower goes first.
    long position() {
        return position;
    }

    long waitUntilNanos() {
        return waitUntilNanos;
    }

    ByteString proposal() {
        return proposal;
    }

    long token() {
        return token;
    }

    long grantRevision() {
        return grantRevision;
    }

    boolean isBlocking() {
        return blocking;
    }

    /// When a loss stops blocking by itself; [#NEVER]: it ends with its session or with a confirmation.
    long lingerUntilNanos() {
        return lingerUntilNanos;
    }

    /// The permits that this claim takes from its queue now.
    int occupied() {
        return switch (state) {
            case WAITING -> 0;
            case HELD -> permits;
            case LOST -> blocking ? permits : 0;
        };
    }

    void becomeWaiting(long atPosition, long untilNanos, ByteString withProposal) {
        Invariants.check(state == State.WAITING, "a granted claim never waits again", token, position);
        position = atPosition;
        waitUntilNanos = untilNanos;
        proposal = withProposal;
    }

    void becomeHeld(long newToken, long revision) {
        Invariants.check(state == State.WAITING, "a claim is granted once", token, newToken);
        state = State.HELD;
        token = newToken;
        grantRevision = revision;
        waitUntilNanos = NEVER;
        position = 0;
    }

    void becomeLost(boolean nowBlocking, long untilNanos) {
        Invariants.check(state != State.WAITING, "only what was granted can be lost", token, position);
        state = State.LOST;
        blocking = nowBlocking;
        lingerUntilNanos = untilNanos;
    }

    void replaceProposal(ByteString newProposal) {
        proposal = newProposal;
    }

    OwnershipClaimRecord toRecord() {
        return OwnershipClaimRecord.newBuilder()
                .setSessionId(id.sessionId())
                .setSequence(id.sequence())
                .setPermits(permits)
                .setWaitUntilNanos(waitUntilNanos == NEVER ? 0 : waitUntilNanos)
                .setProposal(proposal)
                .setToken(token)
                .setGrantRevision(grantRevision)
                .setLingerUntilNanos(lingerUntilNanos == NEVER ? 0 : lingerUntilNanos)
                .setBlocking(blocking)
                .setPosition(position)
                .build();
    }

    static Claim fromRecord(PermitQueue queue, State state, OwnershipClaimRecord record) {
        Claim claim = new Claim(queue, new ClaimId(record.getSessionId(), record.getSequence()), record.getPermits());
        long waitUntil = record.getWaitUntilNanos() == 0 ? NEVER : record.getWaitUntilNanos();
        claim.becomeWaiting(record.getPosition(), waitUntil, record.getProposal());
        if (state != State.WAITING) {
            claim.becomeHeld(record.getToken(), record.getGrantRevision());
        }
        if (state == State.LOST) {
            long lingerUntil = record.getLingerUntilNanos() == 0 ? NEVER : record.getLingerUntilNanos();
            claim.becomeLost(record.getBlocking(), lingerUntil);
        }
        return claim;
    }
}
