/// A network in memory under real gRPC stubs and services: connections that stall, break and lose, byte for byte.
@NullMarked
package io.gavel.faults.sim.net;

import org.jspecify.annotations.NullMarked;
