/// What commands print: one document, rendered as a table, plain text or JSON.
@NullMarked
package io.gavel.cli.output;

import org.jspecify.annotations.NullMarked;
