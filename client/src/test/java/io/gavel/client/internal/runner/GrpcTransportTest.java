package io.gavel.client.internal.runner;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GrpcTransportTest {
    @Test
    void nothingIsConnectedAfterTheEnd() {
        GrpcTransport transport = new GrpcTransport(new ClientRunner(new SystemClock(), "closed"));
        transport.close();
        assertThat(transport.channel("127.0.0.1:1").isShutdown()).isTrue();
    }
}
