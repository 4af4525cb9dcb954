/** Leader election. */
@NullMarked
package io.gavel.client.election;

import org.jspecify.annotations.NullMarked;
