/// Runs that are told instead of drawn: what became of one, and how it is written down.
@NullMarked
package io.gavel.faults.trial;

import org.jspecify.annotations.NullMarked;
