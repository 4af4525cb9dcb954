package io.gavel.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gavel.client.GavelClient;
import io.gavel.client.error.ConflictException;
import io.gavel.client.error.DeadlineException;
import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.GavelException;
import io.gavel.client.error.Outcome;
import io.gavel.client.error.UnavailableException;
import java.lang.reflect.Proxy;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(20)
final class ClientCommandTest {
    private final CountDownLatch mayClose = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);

    /// A client that does nothing but close, when it may.
    private final GavelClient client = (GavelClient) Proxy.newProxyInstance(
            GavelClient.class.getClassLoader(), new Class<?>[] {GavelClient.class}, (proxy, called, arguments) -> {
                assertThat(called.getName()).isEqualTo("close");
                mayClose.await();
                closed.countDown();
                return null;
            });

    private static ErrorDetail detail(ErrorCode code) {
        return ErrorDetail.local(code, Outcome.UNKNOWN, "failed", "");
    }

    static Stream<GavelException> unanswered() {
        return Stream.of(
                new UnavailableException(detail(ErrorCode.UNAVAILABLE)),
                new DeadlineException(detail(ErrorCode.DEADLINE)));
    }

    @ParameterizedTest
    @MethodSource("unanswered")
    void whoWasNotAnsweredInTimeDoesNotWaitForTheEndOfTheSessionToo(GavelException failure) throws Exception {
        assertThatThrownBy(() -> ClientCommand.closing(client, () -> {
                    throw failure;
                }))
                .isSameAs(failure);
        assertThat(closed.getCount()).as("it may not close yet").isEqualTo(1);
        mayClose.countDown();
        assertThat(closed.await(10, TimeUnit.SECONDS)).as("closed all the same").isTrue();
    }

    @Test
    void aClientThatWasAnsweredIsClosedBeforeTheCommandEnds() throws Exception {
        mayClose.countDown();
        assertThat(ClientCommand.closing(client, () -> 7)).isEqualTo(7);
        assertThat(closed.getCount()).isZero();
    }

    @Test
    void aRefusalIsAnAnswer() {
        mayClose.countDown();
        ConflictException refused = new ConflictException(detail(ErrorCode.CONFLICT));
        assertThatThrownBy(() -> ClientCommand.closing(client, () -> {
                    throw refused;
                }))
                .isSameAs(refused);
        assertThat(closed.getCount()).isZero();
    }
}
