/// What a run leaves behind for a reader: its history, its trace, a timeline to look at.
@NullMarked
package io.gavel.faults.report;

import org.jspecify.annotations.NullMarked;
