package io.gavel.server.state.lock;

import io.gavel.protocol.v1.ErrorCode;
import io.gavel.server.state.table.TableId;

/// What the queues of a table stand for.
enum OwnershipKind {
    LOCK(TableId.LOCKS, "lock", ErrorCode.LOCK_LOST),
    ELECTION(TableId.ELECTIONS, "election", ErrorCode.LEADERSHIP_LOST);

    final TableId tableId;
    final String noun;
    final ErrorCode lossCode;

    OwnershipKind(TableId tableId, String noun, ErrorCode lossCode) {
        this.tableId = tableId;
        this.noun = noun;
        this.lossCode = lossCode;
    }
}
