/// Config: namespaces, their releases and their schemas.
@NullMarked
package io.gavel.server.state.config;

import org.jspecify.annotations.NullMarked;
