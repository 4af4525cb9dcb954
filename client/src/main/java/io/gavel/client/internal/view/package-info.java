/** The public interfaces, translated to operations of the logic. */
@NullMarked
package io.gavel.client.internal.view;

import org.jspecify.annotations.NullMarked;
