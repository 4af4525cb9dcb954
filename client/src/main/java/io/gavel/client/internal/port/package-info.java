/** What the logic needs of the world: clocks, streams, randomness, and someone to tell. */
@NullMarked
package io.gavel.client.internal.port;

import org.jspecify.annotations.NullMarked;
