@NullMarked
package io.gavel.server.consensus;

import org.jspecify.annotations.NullMarked;
