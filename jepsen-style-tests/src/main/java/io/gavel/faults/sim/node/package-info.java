/// Production nodes on virtual time: the rim around a [io.gavel.server.node.NodeAssembly].
@NullMarked
package io.gavel.faults.sim.node;

import org.jspecify.annotations.NullMarked;
