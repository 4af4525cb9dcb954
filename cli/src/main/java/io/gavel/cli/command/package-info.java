/// The commands, a file a noun; each prints the fields that docs/reference/cli describes.
@NullMarked
package io.gavel.cli.command;

import org.jspecify.annotations.NullMarked;
