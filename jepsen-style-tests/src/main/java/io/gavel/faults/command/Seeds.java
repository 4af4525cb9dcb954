package io.gavel.faults.command;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// Seeds that are kept because they once failed, and fresh ones.
final class Seeds {
    private static final long FRESH_BOUND = 1_000_000_000_000L;

    private Seeds() {}

    /// Where a row of fresh seeds begins.
    static long fresh() {
        return new SecureRandom().nextLong(1_000_000, FRESH_BOUND);
    }

    /// The kept ones, in the order of the file; a line begins with the seed, the rest says why it is kept.
    static List<Long> kept() {
        var seeds = new ArrayList<Long>();
        try (InputStream file = Objects.requireNonNull(Seeds.class.getResourceAsStream("kept-seeds.txt"));
                var lines = new BufferedReader(new InputStreamReader(file, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    seeds.add(Long.valueOf(line.strip().split("\\s+", 2)[0]));
                }
            }
        } catch (IOException unreadable) {
            throw new IllegalStateException("kept-seeds.txt cannot be read", unreadable);
        }
        return seeds;
    }
}
