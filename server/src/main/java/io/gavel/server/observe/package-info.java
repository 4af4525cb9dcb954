/// What a node tells about itself: metrics by name, fed by the parts that own the numbers.
@NullMarked
package io.gavel.server.observe;

import org.jspecify.annotations.NullMarked;
