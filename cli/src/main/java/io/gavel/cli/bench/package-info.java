/// Load on a running cluster, and what it answered with.
@NullMarked
package io.gavel.cli.bench;

import org.jspecify.annotations.NullMarked;
