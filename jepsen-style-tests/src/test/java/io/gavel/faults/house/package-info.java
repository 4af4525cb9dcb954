/// The house rules of this source tree, as programs: each names file, line, rule and remedy.
@NullMarked
package io.gavel.faults.house;

import org.jspecify.annotations.NullMarked;
