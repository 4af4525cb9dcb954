package io.gavel.server.state;

import io.gavel.server.entry.UnsupportedEntryException;
import io.gavel.server.state.config.ConfigCatalog;
import io.gavel.server.state.kv.VersionedStore;
import io.gavel.server.state.lock.ElectionTable;
import io.gavel.server.state.lock.LockTable;
import io.gavel.server.state.session.SessionTable;
import io.gavel.server.state.table.DigestValue;
import io.gavel.server.state.table.OwnershipTable;
import io.gavel.server.state.table.StateDigest;
import io.gavel.server.state.table.Table;
import java.util.List;

/// All of the replicated state. Confined to the apply agent.
final class Tables {
    final Header header = new Header();
    final MemberDirectory members = new MemberDirectory();
    final VersionedStore store = new VersionedStore();
    final SessionTable sessions = new SessionTable(() -> header.nowNanos);

    final LockTable locks = new LockTable();
    final ElectionTable elections = new ElectionTable();
    final ConfigCatalog config = new ConfigCatalog();

    /// Tables whose contents sessions own, in the order in which they hear of an ended session.
    final List<OwnershipTable> ownership = List.of(locks, elections);

    /// Every table, in the order of snapshots.
    private final List<Table> all = List.of(header, members, store, sessions, locks, elections, config);

    List<Table> all() {
        return all;
    }

    Table of(byte[] recordKey) {
        for (Table table : all) {
            if (table.tableId().code() == recordKey[0]) {
                return table;
            }
        }
        throw new UnsupportedEntryException("record of unknown table " + recordKey[0]);
    }

    /// The digest of everything.
    DigestValue digest() {
        StateDigest sum = new StateDigest();
        for (Table table : all) {
            sum.addAll(table.digest());
        }
        return sum.value();
    }

    /// What counts against the quota of state bytes.
    long stateBytes() {
        long sum = 0;
        for (Table table : all) {
            sum += table.stateBytes();
        }
        return sum;
    }
}
