/// Metrics and probes over HTTP, for the people and machines that operate a node.
@NullMarked
package io.gavel.server.admin;

import org.jspecify.annotations.NullMarked;
