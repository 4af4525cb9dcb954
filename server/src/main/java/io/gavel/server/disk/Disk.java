package io.gavel.server.disk;

import java.io.IOException;
import java.util.List;

/// One data directory. Names are relative to it and use `/`; the empty name is the directory itself.
///
/// Nothing is durable until it is forced: bytes by [DiskFile#force], names (creations, renames, deletions) by
/// [#syncDirectory] of the directory that holds them. After an `IOException` nothing is known about what reached
/// the disk; the caller must not try again but end the process. The only exception is [DiskFullException].
///
/// Safe for use by several threads, each on its own files.
public interface Disk {
    /// Creates an empty file; fails when the name exists.
    DiskFile create(String name) throws IOException;

    /// Opens an existing file for reading and writing; `NoSuchFileException` when there is none.
    DiskFile open(String name) throws IOException;

    boolean exists(String name) throws IOException;

    /// The names in a directory, without the directory's own, in natural order; empty when it does not exist.
    List<String> list(String directory) throws IOException;

    /// Creates a directory unless it exists; its parent must exist.
    void createDirectory(String directory) throws IOException;

    /// Gives the file another name in one step, replacing a file that had it.
    void rename(String from, String to) throws IOException;

    /// Removes the file; does nothing when there is none.
    void delete(String name) throws IOException;

    /// Makes all creations, renames and deletions in this directory durable.
    void syncDirectory(String directory) throws IOException;

    /// Bytes that this process may still allocate.
    long usableBytes() throws IOException;
}
