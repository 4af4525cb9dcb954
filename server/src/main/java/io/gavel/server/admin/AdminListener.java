package io.gavel.server.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.gavel.server.admin.Readiness.Check;
import io.gavel.server.observe.Metrics;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// The listener for operators: `/metrics`, `/livez` and `/readyz`. The rim; a virtual thread for each request.
///
/// `/livez` says that the process answers, whatever the cluster does: whoever restarts nodes by it must not restart
/// them
/// all because a quorum is gone. `/readyz` says whether requests would be served; `?verbose` lists what was looked at,
/// `&exclude=NAME` leaves a check out.
public final class AdminListener implements AutoCloseable {
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

    private final HttpServer server;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

    /// Opens the socket; port 0 = any.
    ///
    /// @throws IOException when the address cannot be bound
    public AdminListener(InetSocketAddress address, Metrics metrics, NodeProbe probe) throws IOException {
        server = HttpServer.create(address, 0);
        server.setExecutor(executor);
        handle("/metrics", exchange -> respond(exchange, 200, PROMETHEUS, metrics.scrape()));
        handle("/livez", exchange -> respond(exchange, 200, TEXT, "ok\n"));
        handle("/readyz", exchange -> readiness(exchange, probe));
        handle("/", exchange -> respond(exchange, 404, TEXT, "there is /metrics, /livez and /readyz?verbose\n"));
        server.start();
    }

    /// The port in use.
    public int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        executor.shutdownNow();
    }

    private void handle(String path, HttpHandler handler) {
        server.createContext(path, exchange -> {
            try (exchange) {
                String method = exchange.getRequestMethod();
                if (!method.equals("GET") && !method.equals("HEAD")) {
                    exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                    respond(exchange, 405, TEXT, "only GET and HEAD\n");
                } else if (!path.equals("/")
                        && !exchange.getRequestURI().getPath().equals(path)) {
                    respond(exchange, 404, TEXT, "not found\n");
                } else {
                    handler.handle(exchange);
                }
            }
        });
    }

    private static void readiness(HttpExchange exchange, NodeProbe probe) throws IOException {
        List<String> parameters = parameters(exchange);
        List<Check> checks;
        try {
            checks = new ArrayList<>(Readiness.checks(probe));
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            respond(exchange, 503, TEXT, "stopping\n");
            return;
        }
        checks.removeIf(check -> parameters.contains("exclude=" + check.name()));
        boolean ready = checks.stream().allMatch(Check::isOk);
        StringBuilder body = new StringBuilder();
        if (!ready || parameters.contains("verbose")) {
            checks.forEach(body::append);
        }
        respond(
                exchange,
                ready ? 200 : 503,
                TEXT,
                body.append(ready ? "ok\n" : "not ready\n").toString());
    }

    private static List<String> parameters(HttpExchange exchange) {
        String query = exchange.getRequestURI().getQuery();
        return query == null ? List.of() : Arrays.asList(query.split("&"));
    }

    private static void respond(HttpExchange exchange, int status, String contentType, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", contentType);
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        exchange.sendResponseHeaders(status, bytes.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }
}
