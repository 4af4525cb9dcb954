/// Judges of a history: each knows one promise and names the operations that break it.
@NullMarked
package io.gavel.faults.check;

import org.jspecify.annotations.NullMarked;
