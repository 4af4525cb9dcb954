/// Bugs that are planted in a copy of the code to see whether the simulators find them.
@NullMarked
package io.gavel.faults.seeded;

import org.jspecify.annotations.NullMarked;
