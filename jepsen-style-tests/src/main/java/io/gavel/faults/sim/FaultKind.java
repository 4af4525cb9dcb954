package io.gavel.faults.sim;

/// What can be done to a simulated cluster; a run draws which of them it uses, and how often.
public enum FaultKind {
    /// Frames between members are lost.
    DROP,
    /// Consensus frames between members arrive twice, perhaps much later.
    DUPLICATE,
    /// A link delivers late, and then in one burst.
    DELAY,
    /// Some links between members carry nothing, one way or both.
    PARTITION,
    /// A client reaches none or only some members.
    CLIENT_CUT,
    /// A connection breaks, perhaps between a request and its answer.
    RESET,
    /// A process dies and starts again; what the operating system holds survives.
    KILL,
    /// A machine loses power: of what was not synced, any subset survives.
    POWER_LOSS,
    /// All machines, or a majority, lose power at once.
    BLACKOUT,
    /// A process stops for a while and goes on as if nothing had happened.
    PAUSE,
    /// A client stops for a while.
    CLIENT_PAUSE,
    /// A disk takes long for each sync, or stalls in one.
    SLOW_DISK,
    /// A read, write or sync fails; a failed sync drops what it should have kept.
    DISK_ERROR,
    /// There is no space for a while.
    DISK_FULL,
    /// Bits flip, sectors vanish, stale or foreign content comes back.
    ROT,
    /// Reads return damaged content, or fail, for a while; the disk itself is intact.
    BAD_READS,
    /// A machine starts again on an older copy of its disk.
    ROLLBACK,
    /// A monotonic clock runs too fast or too slow.
    CLOCK_DRIFT,
    /// A wall clock jumps.
    WALL_JUMP,
    /// A member is added, promoted, removed or replaced.
    MEMBERSHIP,
    /// Leadership is asked to move.
    TRANSFER,
    /// A snapshot is taken or exported at an arbitrary moment.
    SNAPSHOT
}
