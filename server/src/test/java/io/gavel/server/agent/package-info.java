@NullMarked
package io.gavel.server.agent;

import org.jspecify.annotations.NullMarked;
