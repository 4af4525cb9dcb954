/** The operators' view of the cluster. */
@NullMarked
package io.gavel.client.cluster;

import org.jspecify.annotations.NullMarked;
