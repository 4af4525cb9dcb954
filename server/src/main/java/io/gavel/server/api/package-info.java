/// What clients may ask of a node: the ports towards consensus and state, and the router that validates, limits and
/// answers every request.
@NullMarked
package io.gavel.server.api;

import org.jspecify.annotations.NullMarked;
