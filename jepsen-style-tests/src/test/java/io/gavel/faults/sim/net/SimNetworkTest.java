package io.gavel.faults.sim.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.faults.sim.time.Scheduler;
import io.gavel.faults.sim.time.SimProcess;
import io.gavel.protocol.v1.ClientFrames;
import io.gavel.protocol.v1.GavelGrpc;
import io.gavel.protocol.v1.ServerFrames;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// The ends of calls over connections that break.
class SimNetworkTest {
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000 * MILLI;
    private static final long KEEP_ALIVE_NANOS = 5 * SECOND;

    private final Scheduler scheduler = new Scheduler(() -> {});
    private final SimNetwork network = new SimNetwork(scheduler, new SplittableRandom(1), MILLI);
    private final SimProcess server = new SimProcess("n1");
    private final SimProcess client = new SimProcess("c1");
    private int opened;
    private int cancelled;

    private final class Service extends GavelGrpc.GavelImplBase {
        @Override
        public StreamObserver<ClientFrames> session(StreamObserver<ServerFrames> replies) {
            opened++;
            ((ServerCallStreamObserver<ServerFrames>) replies).setOnCancelHandler(() -> cancelled++);
            return new StreamObserver<>() {
                @Override
                public void onNext(ClientFrames frames) {}

                @Override
                public void onError(Throwable failure) {}

                @Override
                public void onCompleted() {}
            };
        }
    }

    private ClientCall<ClientFrames, ServerFrames> call() {
        var _ = network.listen("n1:2", new Party("n1", server, Runnable::run), List.of(new Service()));
        ClientCall<ClientFrames, ServerFrames> call = network.open(
                        new Party("c1", client, Runnable::run), "n1:2", KEEP_ALIVE_NANOS)
                .newCall(GavelGrpc.getSessionMethod(), CallOptions.DEFAULT);
        call.start(new ClientCall.Listener<>() {}, new Metadata());
        scheduler.runUntil(SECOND);
        assertThat(opened).isEqualTo(1);
        return call;
    }

    @Test
    void aServerHearsOfACancelledCall() {
        call().cancel("enough", null);
        scheduler.runUntil(2 * SECOND);
        assertThat(cancelled).isEqualTo(1);
    }

    @Test
    void aServerThatStoodStillHearsOfACallThatWasCancelledBeforeItsConnectionWasGivenUp() {
        ClientCall<ClientFrames, ServerFrames> call = call();
        scheduler.pause(server, 20 * SECOND);
        network.onPause(server, 19 * SECOND);
        call.cancel("enough", null);
        scheduler.runUntil(19 * SECOND);
        assertThat(cancelled).isZero();
        scheduler.runUntil(21 * SECOND);
        assertThat(cancelled).isEqualTo(1);
    }

    @Test
    void aServerThatIsOutOfReachHearsOfACallThatWasCancelledBeforeItsConnectionWasGivenUp() {
        ClientCall<ClientFrames, ServerFrames> call = call();
        network.block(network.link("c1", "n1"));
        call.cancel("enough", null);
        scheduler.runUntil(10 * SECOND);
        assertThat(cancelled).isEqualTo(1);
    }
}
