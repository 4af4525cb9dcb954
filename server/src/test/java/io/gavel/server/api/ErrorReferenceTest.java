package io.gavel.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.protocol.v1.ErrorCode;
import io.gavel.server.api.grpc.GrpcErrors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// `docs/reference/errors.md` names every code, once, with the gRPC status that the server really sends.
class ErrorReferenceTest {
    private static final Path REFERENCE = Path.of("..", "docs", "reference", "errors.md");

    @Test
    void everyCodeIsDocumentedWithItsStatus() throws IOException {
        List<String> rows = Files.readAllLines(REFERENCE);

        List<String> expected = Arrays.stream(ErrorCode.values())
                .filter(code -> code != ErrorCode.UNRECOGNIZED && code != ErrorCode.ERROR_CODE_UNSPECIFIED)
                .map(code -> "| `" + code + "` | `" + GrpcErrors.status(code).getCode() + "` |")
                .toList();
        for (String row : expected) {
            assertThat(rows).as(row).filteredOn(line -> line.startsWith(row)).hasSize(1);
        }
        assertThat(rows).filteredOn(line -> line.startsWith("| `")).hasSameSizeAs(expected);
    }
}
