package io.gavel.cli.local;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Members as processes on 127.0.0.1, each with a data directory `DATA/member-ID` and a log `DATA/member-ID.log`.
///
/// The processes end with this one, also when it gets `kill -9`: each watches its parent. Not thread-safe.
public final class LocalCluster implements AutoCloseable {
    /// The default base port of `dev`.
    public static final int DEFAULT_BASE_PORT = 7400;

    public static final int MAX_MEMBERS = 9;

    static final File NO_INPUT = new File("/dev/null");

    private static final int FIRST_FREE_BASE = 20_000;
    private static final int LAST_FREE_BASE = 31_000;
    private static final int MAX_ATTEMPTS = 200;

    private final Path dataDirectory;
    private final List<ServerProcess> members;

    private LocalCluster(Path dataDirectory, List<ServerProcess> members) {
        this.dataDirectory = dataDirectory;
        this.members = members;
    }

    /// Describes a cluster without starting it.
    ///
    /// @param count 1 to [#MAX_MEMBERS]
    /// @param serverFlags further flags of `gavel server start`, the same for each member
    public static LocalCluster of(int count, Path dataDirectory, int basePort, List<String> serverFlags) {
        if (count < 1 || count > MAX_MEMBERS) {
            throw new IllegalArgumentException("nodes must be 1 to " + MAX_MEMBERS + ", was " + count);
        }
        String cluster = IntStream.rangeClosed(1, count)
                .mapToObj(id -> {
                    LocalAddresses addresses = LocalAddresses.of(basePort, id);
                    return id + "=" + addresses.peer() + "/" + addresses.client();
                })
                .collect(Collectors.joining(","));
        List<ServerProcess> members = new ArrayList<>();
        for (int id = 1; id <= count; id++) {
            LocalAddresses addresses = LocalAddresses.of(basePort, id);
            Path data = dataDirectory.resolve("member-" + id);
            List<String> command = new ArrayList<>(launcher());
            command.addAll(List.of("server", "start", "--id", Integer.toString(id), "--data", data.toString()));
            command.addAll(List.of("--listen", addresses.client(), "--peer-listen", addresses.peer()));
            command.addAll(List.of("--admin-listen", addresses.admin(), "--cluster", cluster));
            command.addAll(List.of(
                    "--parent-pid", Long.toString(ProcessHandle.current().pid())));
            command.addAll(serverFlags);
            members.add(
                    new ServerProcess(id, addresses, data, dataDirectory.resolve("member-" + id + ".log"), command));
        }
        return new LocalCluster(dataDirectory, List.copyOf(members));
    }

    /// The command that runs this very program: the distribution's script, or this JVM's class path.
    private static List<String> launcher() {
        String home = System.getProperty("gavel.home");
        if (home != null) {
            return List.of(Path.of(home, "bin", "gavel").toString());
        }
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                "io.gavel.cli.Main");
    }

    /// A base port whose ports were all free a moment ago, outside of the range that the kernel hands out.
    public static int freeBasePort(int count, RandomGenerator random) {
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            int base = random.nextInt(FIRST_FREE_BASE, LAST_FREE_BASE) / 100 * 100;
            if (portsInUse(count, base).isEmpty()) {
                return base;
            }
        }
        throw new IllegalStateException("no free ports found between " + FIRST_FREE_BASE + " and " + LAST_FREE_BASE);
    }

    /// Which of the ports that `count` members would listen on are taken.
    public static List<Integer> portsInUse(int count, int basePort) {
        List<Integer> taken = new ArrayList<>();
        for (int id = 1; id <= count; id++) {
            LocalAddresses addresses = LocalAddresses.of(basePort, id);
            for (int port : new int[] {addresses.clientPort(), addresses.peerPort(), addresses.adminPort()}) {
                if (!isFree(port)) {
                    taken.add(port);
                }
            }
        }
        return taken;
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /// Starts every member that does not run; does not wait until they serve.
    public void start() {
        try {
            Files.createDirectories(dataDirectory);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot create " + dataDirectory, e);
        }
        for (ServerProcess member : members) {
            if (!member.isAlive()) {
                member.start();
            }
        }
    }

    /// Waits until a write is acknowledged.
    ///
    /// @throws io.gavel.cli.CommandFailure when a member ended or the time is over
    public void awaitReady(Duration patience) {
        Readiness.await(this, patience);
    }

    public Path dataDirectory() {
        return dataDirectory;
    }

    public List<ServerProcess> members() {
        return members;
    }

    /// The member with this id, from 1.
    public ServerProcess member(int id) {
        return members.get(id - 1);
    }

    /// `host:port` of every member's client listener, in member order.
    public List<String> endpoints() {
        return members.stream().map(m -> m.addresses().client()).toList();
    }

    /// Stops every member, the patient way first.
    @Override
    public void close() {
        List<Thread> stopping = members.stream()
                .filter(ServerProcess::isAlive)
                .map(member -> Thread.ofVirtual().start(() -> member.stop(Duration.ofSeconds(5))))
                .toList();
        for (Thread thread : stopping) {
            try {
                thread.join(Duration.ofSeconds(20));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
