/** What can go wrong with a call, and whether it took effect. */
@NullMarked
package io.gavel.client.error;

import org.jspecify.annotations.NullMarked;
