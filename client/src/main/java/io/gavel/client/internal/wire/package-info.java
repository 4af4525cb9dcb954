/** Between what users say and see, and the messages of the protocol. */
@NullMarked
package io.gavel.client.internal.wire;

import org.jspecify.annotations.NullMarked;
