/// Clusters of real server processes on the loopback interface, for `dev`, `demo` and the fault harness.
@NullMarked
package io.gavel.cli.local;

import org.jspecify.annotations.NullMarked;
