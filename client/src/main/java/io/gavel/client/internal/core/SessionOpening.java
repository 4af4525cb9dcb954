package io.gavel.client.internal.core;

import com.google.protobuf.ByteString;
import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.Outcome;
import io.gavel.client.internal.port.ClientPorts;
import io.gavel.protocol.v1.OpenSession;
import io.gavel.protocol.v1.OpenSessionResult;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Opens one session: attempt after attempt, each with a nonce of its own, since the lease counts from the first send of
 * a nonce and an attempt that is repeated for long would open the session used up.
 *
 * <p>An attempt that was given up may have opened a session all the same. So it is asked for on, with its nonce, until
 * an answer says which one, or its TTL has passed and it is over by itself; whoever owns this is told, to close it.
 * What remains: a copy of the request that a member holds up until after that session was closed opens another.
 */
final class SessionOpening {
    /** Whose session it is. */
    interface Owner {
        /** It is open; its lease counts from {@code sent}. */
        void onOpened(long id, Stamp sent);

        /** An attempt failed; not {@code again} = so would all others. */
        void onOpenFailed(ErrorDetail error, boolean again);

        /** An attempt that was given up opened a session. */
        void onUnwanted(long id);
    }

    private static final int KEY_BYTES = 16;

    private final ClientPorts ports;
    private final OpenStream stream;
    private final Owner owner;
    private final long ttlNanos;
    private final ByteString secretHash;
    private final Backoff backoff;
    private final List<Attempt> attempts = new ArrayList<>();
    private @Nullable Attempt current;
    private @Nullable ErrorDetail lastFailure;
    private boolean inDoubt;
    private int failures;
    private long nextAt;

    SessionOpening(ClientPorts ports, OpenStream stream, Owner owner, long ttlNanos, ByteString secret) {
        this.ports = ports;
        this.stream = stream;
        this.owner = owner;
        this.ttlNanos = ttlNanos;
        this.secretHash = sha256(secret);
        this.backoff = new Backoff(ports.options().retry(), ports.random());
    }

    private final class Attempt implements OpenStream.Opener {
        private final Stamp sent = Stamp.of(ports.clock());
        private OpenStream.@Nullable Opening opening;

        Outcome outcome() {
            return opening == null ? Outcome.NOT_APPLIED : opening.outcome();
        }

        @Override
        public void onOpened(OpenSessionResult opened) {
            if (current == this) {
                current = null;
                owner.onOpened(opened.getSessionId(), sent);
            } else {
                owner.onUnwanted(opened.getSessionId());
            }
        }

        @Override
        public void onFailed(ErrorDetail error) {
            if (current == this) {
                current = null;
                lastFailure = error;
                inDoubt |= error.outcome() == Outcome.UNKNOWN;
                nextAt = ports.clock().monotonicNanos() + backoff.nanos(++failures);
                owner.onOpenFailed(error, isWorthAnother(error.code()));
            }
        }
    }

    private static boolean isWorthAnother(ErrorCode code) {
        return code == ErrorCode.UNAVAILABLE || code == ErrorCode.DEADLINE || code == ErrorCode.OVERLOADED;
    }

    /** When the next attempt may be made. */
    long nextAt() {
        return nextAt;
    }

    /** Makes an attempt; none is under way. */
    void start(long now) {
        OpenSession request = OpenSession.newBuilder()
                .setNonce(randomBytes(ports))
                .setSecretHash(secretHash)
                .setTtlMillis(ttlNanos / 1_000_000)
                .setOwner(ports.options().clientName())
                .build();
        // If one attempt was not enough, the next is given longer: the cluster may need that long.
        long patience = failures == 0 ? ttlNanos / 3 : ttlNanos / 2;
        long deadline = now + Math.min(ports.options().requestTimeout().toNanos(), patience);
        attempts.removeIf(attempt -> attempt.opening == null || attempt.opening.isOver());
        Attempt attempt = new Attempt();
        current = attempt;
        attempts.add(attempt);
        attempt.opening = stream.open(request, deadline, ttlNanos, attempt);
    }

    /** Whether the cluster may have a session that was opened here. */
    Outcome outcome() {
        return inDoubt || (current != null && current.outcome() == Outcome.UNKNOWN)
                ? Outcome.UNKNOWN
                : Outcome.NOT_APPLIED;
    }

    /** What to tell whoever waited for it in vain. */
    ErrorDetail notOpened() {
        return lastFailure != null
                ? lastFailure.withOutcome(outcome())
                : ErrorDetail.local(ErrorCode.UNAVAILABLE, outcome(), "no member opened the session in time", "");
    }

    /** Nobody waits for it any more; what was perhaps opened is looked for until {@code deadline} at the longest. */
    void giveUp(long now, long deadline) {
        current = null;
        for (Attempt attempt : attempts) {
            if (attempt.opening != null) {
                attempt.opening.giveUp(now, deadline);
            }
        }
    }

    /** Whether some attempt may still turn out to have opened a session. */
    boolean isUnderWay() {
        return attempts.stream().anyMatch(attempt -> attempt.opening != null && !attempt.opening.isOver());
    }

    /** A secret, or a nonce. */
    static ByteString randomBytes(ClientPorts ports) {
        byte[] bytes = new byte[KEY_BYTES];
        ports.random().nextBytes(bytes);
        return ByteString.copyFrom(bytes);
    }

    private static ByteString sha256(ByteString bytes) {
        try {
            return ByteString.copyFrom(MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
