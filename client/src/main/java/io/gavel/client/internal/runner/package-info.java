/** The rim of the SDK: threads, clocks, gRPC, and the blocking and future forms of the public interfaces. */
@NullMarked
package io.gavel.client.internal.runner;

import org.jspecify.annotations.NullMarked;
