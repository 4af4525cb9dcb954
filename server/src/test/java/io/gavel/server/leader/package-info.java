@NullMarked
package io.gavel.server.leader;

import org.jspecify.annotations.NullMarked;
