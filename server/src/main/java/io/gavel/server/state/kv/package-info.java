/// Versioned keys: the store with its history, the commands that change it and the queries that read it.
@NullMarked
package io.gavel.server.state.kv;

import org.jspecify.annotations.NullMarked;
