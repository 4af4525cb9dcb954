package io.gavel.cli.local;

/// Where one local member listens: clients on `base + 10·(id − 1)`, peers one above, admin HTTP two above.
public record LocalAddresses(int clientPort, int peerPort, int adminPort) {
    static final int PORTS_PER_MEMBER = 10;

    static LocalAddresses of(int basePort, int id) {
        int client = basePort + PORTS_PER_MEMBER * (id - 1);
        return new LocalAddresses(client, client + 1, client + 2);
    }

    public String client() {
        return "127.0.0.1:" + clientPort;
    }

    public String peer() {
        return "127.0.0.1:" + peerPort;
    }

    public String admin() {
        return "127.0.0.1:" + adminPort;
    }
}
