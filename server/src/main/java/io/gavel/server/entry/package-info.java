/// What a log entry's bytes mean: the envelope, its feature level, and the words in which requests are refused.
@NullMarked
package io.gavel.server.entry;

import org.jspecify.annotations.NullMarked;
