@NullMarked
package io.gavel.faults.check.linear;

import org.jspecify.annotations.NullMarked;
