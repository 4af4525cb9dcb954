@NullMarked
package io.gavel.server.node;

import org.jspecify.annotations.NullMarked;
