package io.gavel.raft;

/// What the core must know about an entry; the bytes of a command are opaque to it.
///
/// Codes are part of the journal and peer formats. Codes 200 to 255 are reserved.
public enum EntryKind {
    /// Appended by a new leader so that entries of earlier terms can commit (Raft paper §8).
    NO_OP(0),
    /// A command of the state machine.
    COMMAND(1),
    /// An encoded [io.gavel.raft.quorum.Configuration]; acts from the moment it is appended.
    CONFIGURATION(2);

    private final int code;

    EntryKind(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /// The kind with this code; an unknown code means a newer format and the caller must halt, never skip.
    public static EntryKind ofCode(int code) {
        return switch (code) {
            case 0 -> NO_OP;
            case 1 -> COMMAND;
            case 2 -> CONFIGURATION;
            default -> throw new IllegalArgumentException("unknown entry kind " + code);
        };
    }
}
