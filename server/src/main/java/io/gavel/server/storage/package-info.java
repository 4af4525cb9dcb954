/// What a member keeps on its disk: its identity and one checksummed journal for term, vote and entries.
///
/// [FileDisk] is the rim; everything else reaches files through [Disk], so that the simulator can crash between any
/// two of its operations. Formats carry a version, must-understand flags, a key id and a codec from the first byte;
/// record types 200 to 255 are reserved.
@NullMarked
package io.gavel.server.storage;

import org.jspecify.annotations.NullMarked;
