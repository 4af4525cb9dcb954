package io.gavel.faults.house;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// Which code runs in the simulator, and what it may not call.
///
/// A seed reproduces a run only when nothing below the rim reads a clock, draws unseeded randomness or depends on an
/// iteration order that the JVM salts. The rim is named here: the parts that own threads, sockets, files and clocks.
final class DeterministicCode {
    private static final List<String> PACKAGES = List.of("io.gavel.raft", "io.gavel.server", "io.gavel.client");
    private static final Set<String> RIM_PACKAGES = Set.of(
            "io.gavel.client.internal",
            "io.gavel.client.internal.runner",
            "io.gavel.client.internal.view",
            "io.gavel.server",
            "io.gavel.server.admin",
            "io.gavel.server.api",
            "io.gavel.server.api.grpc",
            "io.gavel.server.api.schema",
            "io.gavel.server.config",
            "io.gavel.server.observe",
            "io.gavel.server.peer.v1",
            "io.gavel.server.transport");
    private static final Pattern RIM_TYPES =
            Pattern.compile("(System|File|Grpc|Netty|Blocking)\\w*|\\w*(Thread|Runner|Main)|NanoClock|WallClock");

    private static final int MANY = Integer.MAX_VALUE;
    private static final String CLOCK = "take the time from the event or from the clock port";
    private static final String RANDOM = "draw from the seeded generator that was handed in";
    private static final String SALTED = "its order differs from JVM to JVM: use a list, TreeMap or LinkedHashMap";

    static final List<BannedCall> BANNED_CALLS = List.of(
            new BannedCall("java.lang.System", "nanoTime", CLOCK),
            new BannedCall("java.lang.System", "currentTimeMillis", CLOCK),
            new BannedCall("java.time.Instant", "now", CLOCK),
            new BannedCall("java.time.LocalDateTime", "now", CLOCK),
            new BannedCall("java.time.ZonedDateTime", "now", CLOCK),
            new BannedCall("java.time.Clock", "systemUTC", CLOCK),
            new BannedCall("java.time.Clock", "systemDefaultZone", CLOCK),
            new BannedCall("java.lang.Thread", "sleep", "return, and let the driver call again at the deadline"),
            new BannedCall("java.lang.Math", "random", RANDOM),
            new BannedCall("java.util.concurrent.ThreadLocalRandom", "current", RANDOM),
            new BannedCall("java.util.UUID", "randomUUID", RANDOM),
            new BannedCall("java.util.Collections", "shuffle", 1, 1, RANDOM),
            new BannedCall("java.util.Random", "<init>", 0, 0, RANDOM),
            new BannedCall("java.util.SplittableRandom", "<init>", 0, 0, RANDOM),
            new BannedCall("java.util.Set", "of", 2, MANY, SALTED),
            new BannedCall("java.util.Set", "copyOf", SALTED),
            new BannedCall("java.util.Map", "of", 3, MANY, SALTED),
            new BannedCall("java.util.Map", "ofEntries", SALTED),
            new BannedCall("java.util.Map", "copyOf", SALTED),
            new BannedCall("java.util.stream.Collectors", "toSet", SALTED),
            new BannedCall("java.util.stream.Collectors", "toUnmodifiableSet", SALTED),
            new BannedCall("java.util.stream.Collectors", "toMap", 0, 3, SALTED),
            new BannedCall("java.util.stream.Collectors", "toUnmodifiableMap", SALTED),
            new BannedCall("java.util.stream.Collectors", "groupingBy", 0, 2, SALTED));

    /// Collections without an order of their own: to look up in, never to go through.
    static final Set<String> UNORDERED =
            Set.of("HashMap", "HashSet", "IdentityHashMap", "WeakHashMap", "ConcurrentHashMap");

    private DeterministicCode() {}

    /// Whether the type, by its package and the name of its outermost type, runs in the simulator.
    static boolean contains(String packageName, String typeName) {
        boolean covered =
                PACKAGES.stream().anyMatch(root -> packageName.equals(root) || packageName.startsWith(root + "."));
        return covered
                && !RIM_PACKAGES.contains(packageName)
                && !RIM_TYPES.matcher(typeName).matches();
    }

    /// A method or constructor that deterministic code may not call with so many arguments.
    record BannedCall(String owner, String method, int minArguments, int maxArguments, String remedy) {
        BannedCall(String owner, String method, String remedy) {
            this(owner, method, 0, MANY, remedy);
        }

        boolean bans(int arguments) {
            return minArguments <= arguments && arguments <= maxArguments;
        }

        String simpleOwner() {
            return owner.substring(owner.lastIndexOf('.') + 1);
        }
    }
}
