/// The node's configuration: YAML, then the environment, then flags; checked as a whole before anything starts.
@NullMarked
package io.gavel.server.config;

import org.jspecify.annotations.NullMarked;
