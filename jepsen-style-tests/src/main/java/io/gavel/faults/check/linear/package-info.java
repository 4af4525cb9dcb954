/// Whether operations on keys can be put in one order that agrees with real time and with what they were told.
@NullMarked
package io.gavel.faults.check.linear;

import org.jspecify.annotations.NullMarked;
