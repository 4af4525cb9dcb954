/** The resource's side of fencing: refuse whoever comes with an older token. */
@NullMarked
package io.gavel.client.fencing;

import org.jspecify.annotations.NullMarked;
