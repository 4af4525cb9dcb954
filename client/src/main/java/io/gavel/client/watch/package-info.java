/** Subscriptions that resume by themselves and never lose an event silently. */
@NullMarked
package io.gavel.client.watch;

import org.jspecify.annotations.NullMarked;
