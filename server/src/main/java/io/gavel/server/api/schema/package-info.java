/// JSON Schema for config documents, bounded in depth, size and time.
@NullMarked
package io.gavel.server.api.schema;

import org.jspecify.annotations.NullMarked;
