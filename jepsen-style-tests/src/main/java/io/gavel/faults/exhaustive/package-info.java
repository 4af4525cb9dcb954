/// Runs of one fixed script that leave no case out: a crash in every disk operation, damage of every record.
@NullMarked
package io.gavel.faults.exhaustive;

import org.jspecify.annotations.NullMarked;
