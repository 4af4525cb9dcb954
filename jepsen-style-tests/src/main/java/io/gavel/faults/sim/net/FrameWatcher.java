package io.gavel.faults.sim.net;

import io.gavel.server.peer.v1.PeerFrame;

/// Sees every frame that leaves one member for another, before the network decides what becomes of it.
@FunctionalInterface
public interface FrameWatcher {
    void onFrame(String fromHost, String toHost, PeerFrame frame);
}
