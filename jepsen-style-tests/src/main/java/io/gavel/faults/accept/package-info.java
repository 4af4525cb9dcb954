/// The measurable points of acceptance, each a program that prints the value and the limit.
@NullMarked
package io.gavel.faults.accept;

import org.jspecify.annotations.NullMarked;
