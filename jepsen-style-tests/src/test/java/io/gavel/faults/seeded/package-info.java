@NullMarked
package io.gavel.faults.seeded;

import org.jspecify.annotations.NullMarked;
