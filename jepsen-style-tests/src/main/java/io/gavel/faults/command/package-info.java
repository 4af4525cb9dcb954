/// The `faults` command.
@NullMarked
package io.gavel.faults.command;

import org.jspecify.annotations.NullMarked;
