package io.gavel.client.internal.port;

import java.util.random.RandomGenerator;

/**
 * What the logic needs of the world.
 *
 * @param random for jitter, nonces and secrets: cryptographic outside of simulations
 */
public record ClientPorts(ClientOptions options, ClientClock clock, Transport transport, RandomGenerator random) {}
