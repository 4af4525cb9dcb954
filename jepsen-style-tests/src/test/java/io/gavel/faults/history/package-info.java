@NullMarked
package io.gavel.faults.history;

import org.jspecify.annotations.NullMarked;
