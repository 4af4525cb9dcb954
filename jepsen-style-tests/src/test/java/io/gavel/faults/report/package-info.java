@NullMarked
package io.gavel.faults.report;

import org.jspecify.annotations.NullMarked;
