package io.gavel.faults.exhaustive;

import io.gavel.server.disk.sim.SimDisk;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// What is done to a record while its member is down.
enum Damage {
    /// One bit of the first third is another: of the header, if it has one.
    FLIP,
    /// One bit near the end is another: of what it carries, if it carries something.
    FLIP_LATER,
    /// Zeros instead.
    ZEROED,
    /// An older valid record of the same kind is in its place.
    STALE,
    /// What belongs to another file, or to another place of this one, is in its place.
    MISDIRECTED,
    /// The first read of it fails, later ones succeed.
    EIO,
    /// The whole file is as it was some time ago: for the first record of a file only.
    OLD_FILE;

    /// Does it to the disk; false = this disk has nothing to do it with.
    ///
    /// @param earlier the disk as it was some time ago
    boolean apply(SimDisk disk, DiskRecord record, SimDisk earlier) {
        return switch (this) {
            case FLIP -> {
                disk.flipBit(record.file(), record.from() + (record.to() - record.from()) / 3, 4);
                yield true;
            }
            case FLIP_LATER -> {
                disk.flipBit(record.file(), record.from() + (record.to() - record.from()) * 5L / 6, 2);
                yield true;
            }
            case ZEROED -> overwrite(disk, record, new byte[record.to() - record.from()]);
            case STALE -> overwrite(disk, record, older(disk, record));
            case MISDIRECTED -> overwrite(disk, record, other(disk, record));
            case EIO -> {
                disk.filterReads(new FailingOnce(record));
                yield true;
            }
            case OLD_FILE -> {
                boolean possible = earlier.exists(record.file())
                        && !Arrays.equals(earlier.bytes(record.file()), disk.bytes(record.file()));
                if (possible) {
                    disk.overwrite(record.file(), earlier.bytes(record.file()));
                }
                yield possible;
            }
        };
    }

    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Damage ofLabel(String label) {
        return valueOf(label.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    private static boolean overwrite(SimDisk disk, DiskRecord record, byte[] content) {
        byte[] bytes = disk.bytes(record.file());
        byte[] before = bytes.clone();
        System.arraycopy(content, 0, bytes, record.from(), Math.min(content.length, record.to() - record.from()));
        disk.overwrite(record.file(), bytes);
        return !Arrays.equals(before, bytes);
    }

    /// The newest record of its kind before it, in this file or in the one before.
    private static byte[] older(SimDisk disk, DiskRecord record) {
        byte[] older = new byte[0];
        for (DiskRecord other : DiskRecord.of(disk)) {
            if (other.equals(record)) {
                return older;
            }
            boolean sameKind = other.what().equals(record.what())
                    && (!record.what().equals("snapshot sector") || other.from() == record.from());
            if (sameKind) {
                older = Arrays.copyOfRange(disk.bytes(other.file()), other.from(), other.to());
            }
        }
        return older;
    }

    /// What another file has at the same place; without one, what this file has a sector further.
    private static byte[] other(SimDisk disk, DiskRecord record) {
        List<String> files = disk.files();
        int length = record.to() - record.from();
        for (String file : files) {
            byte[] bytes = disk.bytes(file);
            if (!file.equals(record.file()) && bytes.length >= record.to() && !isZero(bytes, record)) {
                return Arrays.copyOfRange(bytes, record.from(), record.to());
            }
        }
        byte[] own = disk.bytes(record.file());
        int from = record.from() >= SimDisk.SECTOR_BYTES ? record.from() - SimDisk.SECTOR_BYTES : record.to();
        return Arrays.copyOfRange(own, from, from + length);
    }

    private static boolean isZero(byte[] bytes, DiskRecord record) {
        for (int at = record.from(); at < record.to(); at++) {
            if (bytes[at] != 0) {
                return false;
            }
        }
        return true;
    }

    /// Fails the first read that touches the record.
    private static final class FailingOnce implements SimDisk.ReadFilter {
        private final DiskRecord record;
        private boolean failed;

        FailingOnce(DiskRecord record) {
            this.record = record;
        }

        @Override
        public void filter(String name, long position, java.nio.ByteBuffer content) throws IOException {
            boolean touched = name.equals(record.file())
                    && position < record.to()
                    && position + content.remaining() > record.from();
            if (touched && !failed) {
                failed = true;
                throw new IOException("input/output error reading " + name + " at " + position);
            }
        }
    }
}
