/// What the clients of a run saw: operations, other observations, and their files.
@NullMarked
package io.gavel.faults.history;

import org.jspecify.annotations.NullMarked;
