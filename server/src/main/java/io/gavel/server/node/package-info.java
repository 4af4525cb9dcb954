/// One node: who it is, how it comes to be part of a cluster, and how its agents are wired.
@NullMarked
package io.gavel.server.node;

import org.jspecify.annotations.NullMarked;
