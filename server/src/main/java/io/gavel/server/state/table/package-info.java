/// What the tables of the state machine share: their ports, the context of an entry, records and digests.
@NullMarked
package io.gavel.server.state.table;

import org.jspecify.annotations.NullMarked;
