@NullMarked
package io.gavel.server.disk;

import org.jspecify.annotations.NullMarked;
