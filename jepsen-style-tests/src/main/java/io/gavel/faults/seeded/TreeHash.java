package io.gavel.faults.seeded;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/// Names what a result depends on: the code that runs in the simulators, and the patch.
public final class TreeHash {
    private static final List<String> SOURCES = List.of(
            "protocol/src/main", "raft-core/src", "server/src/main", "client/src/main", "jepsen-style-tests/src/main");

    private TreeHash() {}

    /// Of all sources of the tree and one patch.
    public static String of(Path root, Path patch) throws IOException {
        MessageDigest digest = sha256();
        for (String folder : SOURCES) {
            try (Stream<Path> files = Files.walk(root.resolve(folder))) {
                for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                    digest.update(root.relativize(file).toString().getBytes(StandardCharsets.UTF_8));
                    digest.update(Files.readAllBytes(file));
                }
            }
        }
        digest.update(Files.readAllBytes(patch));
        return HexFormat.of().formatHex(digest.digest(), 0, 8);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }
}
