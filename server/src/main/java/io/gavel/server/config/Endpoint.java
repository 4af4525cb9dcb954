package io.gavel.server.config;

import java.util.Locale;

/// A host and a TCP port. Port 0 asks the system for a free one and is only good for listening.
public record Endpoint(String host, int port) {
    public Endpoint {
        if (host.isEmpty() || port < 0 || port > 65_535) {
            throw new IllegalArgumentException("not HOST:PORT with a port of 0 to 65535: " + host + ":" + port);
        }
    }

    /// Reads `HOST:PORT`; an IPv6 host stands in brackets.
    ///
    /// @throws IllegalArgumentException when the text is anything else
    public static Endpoint parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 1) {
            throw new IllegalArgumentException("expected HOST:PORT");
        }
        String host = text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (host.indexOf(':') >= 0 && !bracketed) {
            throw new IllegalArgumentException("an IPv6 address stands in brackets: [ADDRESS]:PORT");
        }
        String digits = text.substring(colon + 1);
        if (digits.isEmpty() || digits.length() > 5 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new IllegalArgumentException("expected a port of 0 to 65535 after the colon");
        }
        String name = bracketed ? host.substring(1, host.length() - 1) : host;
        return new Endpoint(name.toLowerCase(Locale.ROOT), Integer.parseInt(digits));
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
