package io.gavel.server.state;

import static io.gavel.server.state.LogDriver.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.raft.EntryId;
import io.gavel.raft.Payload;
import io.gavel.raft.check.InvariantViolation;
import org.junit.jupiter.api.Test;

class StateMachineTest {
    @Test
    void appliesEntriesInOrderOnly() {
        LogDriver driver = new LogDriver();
        driver.execute(put("a", "1"));
        Payload again = driver.log.getFirst();
        assertThatThrownBy(() -> driver.machine.apply(new EntryId(1, 1), again)).isInstanceOf(InvariantViolation.class);
        assertThatThrownBy(() -> driver.machine.apply(new EntryId(1, 3), again)).isInstanceOf(InvariantViolation.class);
    }

    @Test
    void publishesWhatItAnswered() {
        LogDriver driver = new LogDriver();
        long session = driver.open(10_000);
        CommandResult result = driver.execute(session, put("a", "1"));
        assertThat(result.getPut().getVersion()).isEqualTo(1);
        assertThat(driver.machine.published().revision())
                .isEqualTo(result.getRevision())
                .isEqualTo(1);
        assertThat(driver.machine.published().lastApplied()).isEqualTo(new EntryId(1, 2));
        assertThat(driver.get("a").getValue().toStringUtf8()).isEqualTo("1");
    }

    @Test
    void refusesAnEmptyCommand() {
        LogDriver driver = new LogDriver();
        CommandResult result = driver.execute(io.gavel.protocol.v1.Command.getDefaultInstance());
        assertThat(result.getError().getCode()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
    }
}
