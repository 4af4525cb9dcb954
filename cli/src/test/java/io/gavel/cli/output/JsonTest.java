package io.gavel.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

final class JsonTest {
    @Test
    void keepsTheOrderOfFieldsAndWritesAbsentAsNull() {
        assertThat(Json.write(Json.object("b", 1, "a", null, "list", List.of(true, 2L, 0.5, "x\"y"))))
                .isEqualTo("{\"b\":1,\"a\":null,\"list\":[true,2,0.5,\"x\\\"y\"]}");
    }

    @Test
    void writesTextAsTextAndBinaryAsBase64() {
        assertThat(Json.text("grün".getBytes(StandardCharsets.UTF_8))).isEqualTo("grün");
        assertThat(Json.write(Json.text(new byte[] {(byte) 0xff, 0, 1}))).isEqualTo("{\"base64\":\"/wAB\"}");
        assertThat(Json.text(new byte[0])).isEqualTo("");
    }
}
