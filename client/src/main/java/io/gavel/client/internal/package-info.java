/** Puts clients together. Nothing below this package is for users. */
@NullMarked
package io.gavel.client.internal;

import org.jspecify.annotations.NullMarked;
