/// Snapshots of the replicated state: records in key order, in verified files.
@NullMarked
package io.gavel.server.snapshot;

import org.jspecify.annotations.NullMarked;
