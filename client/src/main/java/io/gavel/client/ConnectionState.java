package io.gavel.client;

/** How the client stands to the cluster. */
public enum ConnectionState {
    /** Not asked for anything yet. */
    IDLE,
    /** Looking for a member that answers. */
    CONNECTING,
    /** Connected to a member. */
    READY,
    /** No endpoint has been reachable for a while: calls are refused at once while single probes go on. */
    DISCONNECTED,
    /** Closed by the user. */
    CLOSED
}
