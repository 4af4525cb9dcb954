/** Sessions: what locks, candidacies and ephemeral keys belong to. */
@NullMarked
package io.gavel.client.session;

import org.jspecify.annotations.NullMarked;
