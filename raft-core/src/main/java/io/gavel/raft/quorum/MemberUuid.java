package io.gavel.raft.quorum;

import java.util.HexFormat;

/// 128 random bits that tell one life of a member id from the next (rule 19).
public record MemberUuid(long high, long low) {
    @Override
    public String toString() {
        return HexFormat.of().toHexDigits(high) + HexFormat.of().toHexDigits(low);
    }
}
