/// One Gavel node, wired from its agents, its storage and its listeners.
@NullMarked
package io.gavel.server;

import org.jspecify.annotations.NullMarked;
