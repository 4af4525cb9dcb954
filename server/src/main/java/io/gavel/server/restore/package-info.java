/// Snapshot files without a running cluster: checking them, and starting another cluster from one.
@NullMarked
package io.gavel.server.restore;

import org.jspecify.annotations.NullMarked;
