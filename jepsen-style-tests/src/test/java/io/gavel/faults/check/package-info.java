@NullMarked
package io.gavel.faults.check;

import org.jspecify.annotations.NullMarked;
