/// Sessions: who lives until when in replicated time, and what each request of theirs was answered.
@NullMarked
package io.gavel.server.state.session;

import org.jspecify.annotations.NullMarked;
