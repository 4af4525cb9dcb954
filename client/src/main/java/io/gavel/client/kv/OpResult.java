package io.gavel.client.kv;

import java.util.List;

/** What one operation of a transaction did. */
public sealed interface OpResult {
    /** Of {@link Op.Put}. */
    record Put(PutResult result) implements OpResult {}

    /** Of {@link Op.Delete}. */
    record Delete(DeleteResult result) implements OpResult {}

    /** Of {@link Op.Get}. */
    record Get(List<Entry> entries, boolean more) implements OpResult {}
}
