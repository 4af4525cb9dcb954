/** The Java SDK of Gavel. */
@NullMarked
package io.gavel.client;

import org.jspecify.annotations.NullMarked;
