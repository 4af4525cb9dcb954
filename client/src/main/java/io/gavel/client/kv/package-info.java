/** Keys, values and transactions. */
@NullMarked
package io.gavel.client.kv;

import org.jspecify.annotations.NullMarked;
