package io.gavel.server.state;

import com.google.protobuf.ByteString;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Put;
import io.gavel.protocol.v1.SessionEvent;
import io.gavel.raft.EntryId;
import io.gavel.raft.Payload;
import io.gavel.server.entry.Envelope;
import io.gavel.server.entry.RequestStamp;
import io.gavel.server.entry.v1.CompactHistory;
import io.gavel.server.entry.v1.ServerCommand;
import io.gavel.server.state.table.StateEvent;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// Measures how many puts a second one thread applies, in a session, over and over the same keys.
/// Arguments: number of keys, bytes a value, number of puts.
final class ApplySpeed implements StateListener {
    private static final int CHUNK = 200_000;

    private final StateMachine machine = new StateMachine(this);
    private long index;

    private ApplySpeed() {}

    public static void main(String[] arguments) {
        int keys = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 300_000;
        int valueBytes = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 256;
        int puts = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 2_000_000;
        new ApplySpeed().run(keys, valueBytes, puts);
    }

    private void run(int keys, int valueBytes, int puts) {
        apply(Envelope.ofClient(
                1, 0, RequestStamp.NONE, LogDriver.openCommand(1, 86_400_000).toByteArray()));
        long proof = LogDriver.proof(1);
        SplittableRandom random = new SplittableRandom(1);
        byte[] value = new byte[valueBytes];
        byte[][] chunk = new byte[CHUNK][];
        for (int done = 0; done < puts; done += CHUNK) {
            for (int i = 0; i < CHUNK; i++) {
                random.nextBytes(value);
                int key = done + i < keys ? done + i : random.nextInt(keys);
                Put.Builder put = Put.newBuilder()
                        .setKey(ByteString.copyFromUtf8("bench/key-" + key))
                        .setValue(ByteString.copyFrom(value));
                long sequence = (long) done + i + 1;
                chunk[i] = Envelope.ofClient(
                        1,
                        0,
                        new RequestStamp(1, proof, sequence, Math.max(1, sequence - 64)),
                        Command.newBuilder().setPut(put).build().toByteArray());
            }
            measure(done, chunk);
        }
    }

    private void measure(int done, byte[][] chunk) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long wall = System.nanoTime();
        long cpu = threads.getCurrentThreadCpuTime();
        for (byte[] envelope : chunk) {
            apply(envelope);
            long compactTo = machine.published().compactTo();
            if (compactTo != 0) {
                compact(compactTo);
            }
        }
        wall = System.nanoTime() - wall;
        cpu = threads.getCurrentThreadCpuTime() - cpu;
        System.gc();
        long used = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
        System.out.printf(
                Locale.ROOT,
                "%,d puts: %,d/s of wall clock, %,d/s of the thread's CPU, %,d MiB used%n",
                done + chunk.length,
                chunk.length * 1_000_000_000L / wall,
                chunk.length * 1_000_000_000L / cpu,
                used >> 20);
    }

    private void compact(long revision) {
        ServerCommand compact = ServerCommand.newBuilder()
                .setCompactHistory(CompactHistory.newBuilder().setRevision(revision))
                .build();
        apply(Envelope.ofServer(1, compact.toByteArray()));
    }

    private void apply(byte[] envelope) {
        machine.apply(new EntryId(1, ++index), Payload.wrap(envelope));
    }

    @Override
    public void onResult(EntryId entryId, long sessionId, long sequence, CommandResult result) {
        if (result.hasError()) {
            throw new AssertionError(result);
        }
    }

    @Override
    public void onRenewed(
            long sessionId, int originMember, long renewalId, io.gavel.protocol.v1.@Nullable Error error) {}

    @Override
    public void onSessionEvent(long sessionId, SessionEvent event) {}

    @Override
    public void onEvents(long revision, List<StateEvent> events) {}

    @Override
    public void onCompacted(long oldestRevision) {}

    @Override
    public void onTurnEnd() {}
}
