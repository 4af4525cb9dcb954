package io.gavel.client.kv;

import io.gavel.client.Bytes;

/** A condition of a transaction on one key; decides between {@code then} and {@code otherwise}. */
public sealed interface Compare {
    /** The key that is looked at. */
    Bytes key();

    /** How the key's property must relate to the given one. */
    enum Relation {
        /** The same. */
        EQUAL,
        /** Another. */
        NOT_EQUAL,
        /** Smaller than the given one. */
        LESS,
        /** Greater than the given one. */
        GREATER
    }

    /** On the key's version; 0 = absent. */
    record Version(Bytes key, Relation relation, long version) implements Compare {}

    /** On the revision at which the key began to exist. */
    record CreateRevision(Bytes key, Relation relation, long revision) implements Compare {}

    /** On the revision of the last write. */
    record ModRevision(Bytes key, Relation relation, long revision) implements Compare {}

    /** On the value. */
    record Value(Bytes key, Relation relation, Bytes value) implements Compare {}

    /** On whether there is such a key. */
    record Exists(Bytes key, boolean exists) implements Compare {}

    /** The key has this version. */
    static Compare version(String key, long version) {
        return new Version(Bytes.utf8(key), Relation.EQUAL, version);
    }

    /** The key was last written at this revision. */
    static Compare modRevision(String key, long revision) {
        return new ModRevision(Bytes.utf8(key), Relation.EQUAL, revision);
    }

    /** The key has this value. */
    static Compare value(String key, String value) {
        return new Value(Bytes.utf8(key), Relation.EQUAL, Bytes.utf8(value));
    }

    /** There is, or is not, such a key. */
    static Compare exists(String key, boolean exists) {
        return new Exists(Bytes.utf8(key), exists);
    }
}
