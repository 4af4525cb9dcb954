/// Watches: recent events shared by all watchers, and what brings a watcher that is behind up to date.
@NullMarked
package io.gavel.server.watch;

import org.jspecify.annotations.NullMarked;
