/// The `gavel` command.
@NullMarked
package io.gavel.cli;

import org.jspecify.annotations.NullMarked;
