package io.gavel.faults.exhaustive;

import io.gavel.server.disk.sim.SimDisk;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// A part of a file that is written and checked as one. The formats are read here as they are documented, not by the
/// code under test.
///
/// @param what what it is, as `entry record` or `manifest`
/// @param type for records of the journal their type, otherwise 0
/// @param from the first byte
/// @param to after the last byte
/// @param provable whether damage to it can be told from what was never written: all but the newest batch of the
///     newest segment (rule 23)
record DiskRecord(String file, String what, int type, int from, int to, boolean provable) {
    private static final int SEGMENT_COPY_BYTES = 16 << 10;
    private static final int SEGMENT_REGION_BYTES = 2 * SEGMENT_COPY_BYTES;
    private static final int SEGMENT_BODY_LENGTH_AT = 19;
    private static final int SEGMENT_FIXED_BYTES = 23;
    private static final int RECORD_MAGIC = 0x67766C52;
    private static final int RECORD_HEADER_BYTES = 64;
    private static final int SNAPSHOT_HEADER_BYTES = 4096;
    private static final int SNAPSHOT_HEADER_USED = 10;
    private static final int SNAPSHOT_TRAILER_BYTES = 64;
    private static final String[] RECORD_TYPES = {
        "unknown", "open", "seal", "hard state", "entry", "truncate", "compact", "repaired", "peer", "repairing"
    };

    /// Every record of every file that recovery reads. Temporary files are deleted unread, so there are none of these.
    static List<DiskRecord> of(SimDisk disk) {
        List<DiskRecord> records = new ArrayList<>();
        String newest = newestSegment(disk);
        for (String file : disk.files()) {
            byte[] bytes = disk.bytes(file);
            if (file.endsWith(".seg")) {
                long proven = file.equals(newest) ? disk.lastForced(file) : bytes.length;
                ofSegment(file, ByteBuffer.wrap(bytes), proven, records);
            } else if (file.endsWith(".snapshot")) {
                ofSnapshot(file, ByteBuffer.wrap(bytes), records);
            } else if (!file.endsWith(".tmp")) {
                records.add(new DiskRecord(file, "the file", 0, 0, bytes.length, true));
            }
        }
        return records;
    }

    static String newestSegment(SimDisk disk) {
        return disk.files().stream().filter(file -> file.endsWith(".seg")).reduce("", (_, last) -> last);
    }

    private static void ofSegment(String file, ByteBuffer bytes, long proven, List<DiskRecord> records) {
        for (int copy = 0; copy < 2; copy++) {
            int start = copy * SEGMENT_COPY_BYTES;
            int end = start + SEGMENT_FIXED_BYTES + bytes.getInt(start + SEGMENT_BODY_LENGTH_AT) + Integer.BYTES;
            records.add(new DiskRecord(file, "header copy " + (copy + 1), 0, start, end, true));
        }
        records.add(new DiskRecord(file, "both header copies", 0, 0, SEGMENT_REGION_BYTES, true));
        int at = SEGMENT_REGION_BYTES;
        while (at + RECORD_HEADER_BYTES <= bytes.limit() && bytes.getInt(at) == RECORD_MAGIC) {
            int type = bytes.get(at + 5);
            int end = (at + RECORD_HEADER_BYTES + bytes.getInt(at + 16) + 7) & -8;
            String what = (type < RECORD_TYPES.length ? RECORD_TYPES[type] : "unknown") + " record";
            records.add(new DiskRecord(file, what, type, at, end, end <= proven));
            at = end;
        }
    }

    private static void ofSnapshot(String file, ByteBuffer bytes, List<DiskRecord> records) {
        int trailer = bytes.limit() - SNAPSHOT_TRAILER_BYTES;
        int manifest = (int) bytes.getLong(trailer + Long.BYTES);
        records.add(new DiskRecord(file, "snapshot header", 0, 0, SNAPSHOT_HEADER_USED, true));
        for (int at = SNAPSHOT_HEADER_BYTES; at < manifest; at += SimDisk.SECTOR_BYTES) {
            int end = Math.min(manifest, at + SimDisk.SECTOR_BYTES);
            if (!isZero(bytes, at, end)) {
                records.add(new DiskRecord(file, "snapshot sector", 0, at, end, true));
            }
        }
        records.add(new DiskRecord(file, "snapshot manifest", 0, manifest, trailer, true));
        records.add(new DiskRecord(file, "snapshot trailer", 0, trailer, bytes.limit(), true));
    }

    private static boolean isZero(ByteBuffer bytes, int from, int to) {
        for (int at = from; at < to; at++) {
            if (bytes.get(at) != 0) {
                return false;
            }
        }
        return true;
    }

    /// Whether it stands for its file where a whole file is damaged.
    boolean startsFile() {
        return from == 0 && !what.startsWith("both");
    }

    /// The folder, or the file's own name at the top.
    String room() {
        int slash = file.indexOf('/');
        return slash < 0 ? file : file.substring(0, slash);
    }

    @Override
    public String toString() {
        return what + " at " + from + " to " + to + " of " + file;
    }
}
