@NullMarked
package io.gavel.server.transport;

import org.jspecify.annotations.NullMarked;
