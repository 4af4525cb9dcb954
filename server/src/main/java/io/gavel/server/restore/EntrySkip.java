package io.gavel.server.restore;

import io.gavel.server.disk.FileDisk;
import io.gavel.server.disk.StorageRefusedException;
import io.gavel.server.entry.EntryHash;
import io.gavel.server.storage.Identity;
import io.gavel.server.storage.SkippedEntries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/// The way out of an entry that no member can apply: a stopped member is told to leave it out (rule 34).
public final class EntrySkip {
    private EntrySkip() {}

    /// Notes in the member's data directory that the entry is not to be applied; done twice is done once.
    ///
    /// @return whose directory it is
    /// @throws StorageRefusedException if it is no member's, is in use, or names another entry at that index
    public static Identity note(Path dataDirectory, long index, EntryHash hash) throws IOException {
        if (!Files.exists(dataDirectory.resolve(Identity.NAME))) {
            throw new StorageRefusedException(
                    "data directory", "a member's", dataDirectory + ", which has no file " + Identity.NAME);
        }
        try (FileDisk disk = FileDisk.open(dataDirectory)) {
            Identity identity = Objects.requireNonNull(Identity.read(disk), "the identity that was there");
            SkippedEntries.read(disk).with(index, hash).write(disk);
            return identity;
        }
    }
}
