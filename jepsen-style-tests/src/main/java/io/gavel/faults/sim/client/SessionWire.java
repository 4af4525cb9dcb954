package io.gavel.faults.sim.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.gavel.faults.history.Event;
import io.gavel.faults.history.History;
import io.gavel.faults.history.Observation;
import io.gavel.faults.history.Status;
import io.gavel.faults.sim.check.ViolationException;
import io.gavel.faults.sim.time.Scheduler;
import io.gavel.protocol.v1.ClientFrame;
import io.gavel.protocol.v1.ClientFrames;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.OpenSessionResult;
import io.gavel.protocol.v1.ServerFrame;
import io.gavel.protocol.v1.ServerFrames;
import io.gavel.protocol.v1.StreamCommand;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What one client's sessions say and hear on the wire: when an opening and a confirmed renewal were sent, and that no
/// sequence below
/// the floor is still unanswered (rule 5).
final class SessionWire {
    /// One stream, which is of one session from its first frame on.
    final class Stream {
        private final Map<Long, Long> renewals = new TreeMap<>();
        private final Map<Long, ByteString> openings = new TreeMap<>();
        private long session;

        void onSent(ClientFrames frames) {
            for (ClientFrame frame : frames.getFramesList()) {
                if (frame.hasHello()) {
                    session = frame.getHello().getSession().getSessionId();
                } else if (frame.hasRenew()) {
                    renewals.put(frame.getRenew().getRenewalId(), scheduler.nowNanos());
                } else if (frame.hasCommand() && session != 0) {
                    onCommand(frame.getCommand());
                } else if (frame.hasCommand()) {
                    noteOpening(frame.getCommand());
                }
            }
        }

        private void noteOpening(StreamCommand command) {
            try {
                Command opening = Command.parseFrom(command.getCommand());
                if (opening.hasOpenSession()) {
                    ByteString nonce = opening.getOpenSession().getNonce();
                    openings.put(command.getSequence(), nonce);
                    openedAt.putIfAbsent(nonce, scheduler.nowNanos());
                }
            } catch (InvalidProtocolBufferException unreadable) {
                throw new ViolationException("invariant", "client " + process + " sends no command", unreadable);
            }
        }

        private void onCommand(StreamCommand command) {
            TreeSet<Long> open = unanswered.computeIfAbsent(session, _ -> new TreeSet<>());
            if (!open.isEmpty() && open.first() < command.getFloor()) {
                throw new ViolationException(
                        "I20",
                        "client " + process + " gives up sequence " + open.first() + " of session " + session
                                + " by floor " + command.getFloor() + ", although nobody answered it");
            }
            open.add(command.getSequence());
        }

        void onReceived(ServerFrames frames) {
            for (ServerFrame frame : frames.getFramesList()) {
                if (frame.hasCommand() && frame.getCommand().getResult().hasOpenSession()) {
                    onOpened(
                            openings.get(frame.getCommand().getSequence()),
                            frame.getCommand().getResult().getOpenSession());
                } else if (frame.hasCommand() && session != 0) {
                    unanswered
                            .computeIfAbsent(session, _ -> new TreeSet<>())
                            .remove(frame.getCommand().getSequence());
                } else if (frame.hasRenewed() && !frame.getRenewed().hasError()) {
                    Long sent = renewals.get(frame.getRenewed().getRenewalId());
                    if (sent != null) {
                        leaseEndNanos = Math.max(leaseEndNanos, sent + ttlNanos);
                        history.add(new Event(
                                process,
                                new Observation.SessionRenewed(session),
                                Status.OK,
                                sent,
                                scheduler.nowNanos()));
                    }
                }
            }
        }
    }

    private final int process;
    private final Scheduler scheduler;
    private final History history;
    private final Map<Long, TreeSet<Long>> unanswered = new TreeMap<>();
    /// When each opening was first sent, by its nonce.
    private final Map<ByteString, Long> openedAt = new HashMap<>();

    private long ttlNanos;
    private long leaseEndNanos;

    SessionWire(int process, Scheduler scheduler, History history) {
        this.process = process;
        this.scheduler = scheduler;
        this.history = history;
    }

    private void onOpened(@Nullable ByteString nonce, OpenSessionResult opened) {
        Long sent = nonce == null ? null : openedAt.remove(nonce);
        if (sent != null) {
            ttlNanos = opened.getTtlMillis() * 1_000_000;
            leaseEndNanos = sent + ttlNanos;
            history.add(new Event(
                    process,
                    new Observation.SessionOpened(opened.getSessionId(), opened.getTtlMillis()),
                    Status.OK,
                    sent,
                    scheduler.nowNanos()));
        }
    }

    long leaseEndNanos() {
        return leaseEndNanos;
    }

    boolean hasRequestInFlight(long session) {
        TreeSet<Long> open = unanswered.get(session);
        return open != null && !open.isEmpty();
    }

    Stream stream() {
        return new Stream();
    }
}
