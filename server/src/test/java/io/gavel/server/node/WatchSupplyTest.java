package io.gavel.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.server.state.StateMachine;
import io.gavel.server.watch.WatchHub;
import io.gavel.server.watch.WatchLimits;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class WatchSupplyTest {
    @Test
    void aTurnInWhichAnotherStateTookOverIsToldOnce() {
        ApiBridge bridge = new ApiBridge();
        AtomicReference<StateMachine> machine = new AtomicReference<>(new StateMachine(bridge));
        WatchSupply supply = new WatchSupply(new WatchHub(1, WatchLimits.DEFAULT, () -> {}), machine::get);

        assertThat(supply.onTurnEnd()).as("the first state").isTrue();
        assertThat(supply.onTurnEnd()).isFalse();
        machine.set(new StateMachine(bridge));
        assertThat(supply.onTurnEnd()).as("a snapshot was installed").isTrue();
        assertThat(supply.onTurnEnd()).isFalse();
    }
}
