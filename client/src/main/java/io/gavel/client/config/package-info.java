/** Versioned configuration namespaces. */
@NullMarked
package io.gavel.client.config;

import org.jspecify.annotations.NullMarked;
