package io.gavel.server.state.kv;

import java.util.Arrays;

/// All keys that start with a prefix and come after a key. Never compared.
@SuppressWarnings("ArrayRecordComponent")
record KeyRange(byte[] prefix, byte[] after) {
    private static final byte[] NONE = {};

    static KeyRange ofPrefix(byte[] prefix) {
        return new KeyRange(prefix, NONE);
    }

    /// The key to begin the search at, itself included unless [#startsAfter].
    byte[] from() {
        return startsAfter() ? after : prefix;
    }

    boolean startsAfter() {
        return Arrays.compareUnsigned(after, prefix) >= 0 && after.length > 0;
    }

    /// Whether the key is in the range; in key order from [#from], the first one that is not ends it.
    boolean contains(byte[] key) {
        return key.length >= prefix.length && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
    }
}
