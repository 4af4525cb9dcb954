package io.gavel.server.entry;

/// Who may have written the command of an entry. Part of the log's format.
public enum EntryOrigin {
    /// A client's encoded `gavel.v1.Command`, verbatim.
    CLIENT(1),
    /// A member's `gavel.server.v1.ServerCommand`; clients cannot reach these.
    SERVER(2);

    private final int code;

    EntryOrigin(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static EntryOrigin ofCode(int code) {
        return switch (code) {
            case 1 -> CLIENT;
            case 2 -> SERVER;
            default -> throw new UnsupportedEntryException("unknown entry origin " + code);
        };
    }
}
