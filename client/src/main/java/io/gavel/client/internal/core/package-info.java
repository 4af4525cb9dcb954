/**
 * The logic of the SDK: sessions, exactly-once commands, grants, watches. Single-owner objects without clock, thread or
 * transport; what they need of those they are handed as ports, so that a simulator can run them in virtual time.
 */
@NullMarked
package io.gavel.client.internal.core;

import org.jspecify.annotations.NullMarked;
