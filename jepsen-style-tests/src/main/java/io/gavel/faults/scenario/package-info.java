/// What went wrong in systems like ours, staged, each with the bug that it must see.
@NullMarked
package io.gavel.faults.scenario;

import org.jspecify.annotations.NullMarked;
