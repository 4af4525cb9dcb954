package io.gavel.server.snapshot;

import io.gavel.raft.EntryId;
import io.gavel.raft.SnapshotMeta;
import io.gavel.raft.quorum.ConfigurationCodec;
import io.gavel.server.disk.StorageRefusedException;
import io.gavel.server.storage.ClusterId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// What a snapshot file says about itself; at its end, covered by a hash that names the snapshot.
///
/// @param meta    the last entry it includes and the configuration there
/// @param origin  which cluster it is of, and at which point of its history
/// @param content what the tables before the manifest hold, and their checksums
public record SnapshotManifest(SnapshotMeta meta, Origin origin, Content content) {
    static final int FORMAT_VERSION = 1;
    private static final int SHA256_BYTES = 32;

    /// Which state of which cluster.
    ///
    /// @param clusterId   the cluster
    /// @param incarnation its life; a restored cluster has another
    /// @param revision    the newest revision in the snapshot
    /// @param digest      of the decoded records (rule 31)
    public record Origin(ClusterId clusterId, long incarnation, long revision, Digest digest) {}

    /// 128 bits over the logical state; `version` names the algorithm.
    public record Digest(int version, long high, long low) {}

    /// The tables of the file.
    ///
    /// @param records    how many records they hold in all, long values counted once
    /// @param tablePages how many pages each table takes; tables follow each other
    /// @param pageSums   CRC32C of each page
    /// @param sha256     hash of all pages, hexadecimal
    public record Content(long records, List<Integer> tablePages, List<Integer> pageSums, String sha256) {
        /// Bytes of all tables.
        public long bytes() {
            return (long) pageSums.size() * SnapshotFile.PAGE_BYTES;
        }
    }

    byte[] encode() {
        byte[] configuration = ConfigurationCodec.encode(meta.configuration());
        int sums =
                4 + 4 * content.pageSums().size() + 4 + 4 * content.tablePages().size();
        ByteBuffer out = ByteBuffer.allocate(256 + configuration.length + sums);
        out.putShort((short) FORMAT_VERSION).putInt(0).putInt(0).put((byte) 0);
        out.putLong(meta.lastIncluded().term()).putLong(meta.lastIncluded().index());
        out.putInt(configuration.length).put(configuration);
        out.putLong(origin.clusterId().high()).putLong(origin.clusterId().low());
        out.putLong(origin.incarnation()).putLong(origin.revision());
        out.putInt(origin.digest().version());
        out.putLong(origin.digest().high()).putLong(origin.digest().low());
        out.putLong(content.records());
        out.putInt(content.tablePages().size());
        content.tablePages().forEach(out::putInt);
        out.putInt(content.pageSums().size());
        content.pageSums().forEach(out::putInt);
        out.put(HexFormat.of().parseHex(content.sha256()));
        byte[] bytes = new byte[out.flip().remaining()];
        out.get(bytes);
        return bytes;
    }

    /// The manifest in these bytes, whose hash was checked. [StorageRefusedException] when it is of a newer version.
    static SnapshotManifest decode(byte[] bytes) throws StorageRefusedException {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int version = in.getShort();
        int flags = in.getInt();
        int keyId = in.getInt();
        int codec = in.get();
        if (version != FORMAT_VERSION || flags != 0 || keyId != 0 || codec != 0) {
            throw new StorageRefusedException(
                    "snapshot format",
                    "version " + FORMAT_VERSION + " without flags, key or codec",
                    "version " + version + ", flags " + flags + ", key " + keyId + ", codec " + codec);
        }
        EntryId lastIncluded = new EntryId(in.getLong(), in.getLong());
        byte[] configuration = new byte[in.getInt()];
        in.get(configuration);
        Origin origin = new Origin(
                new ClusterId(in.getLong(), in.getLong()),
                in.getLong(),
                in.getLong(),
                new Digest(in.getInt(), in.getLong(), in.getLong()));
        long records = in.getLong();
        List<Integer> tablePages = integers(in);
        List<Integer> pageSums = integers(in);
        byte[] sha256 = new byte[SHA256_BYTES];
        in.get(sha256);
        return new SnapshotManifest(
                new SnapshotMeta(lastIncluded, ConfigurationCodec.decode(configuration)),
                origin,
                new Content(records, tablePages, pageSums, HexFormat.of().formatHex(sha256)));
    }

    private static List<Integer> integers(ByteBuffer in) {
        int count = in.getInt();
        List<Integer> integers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            integers.add(in.getInt());
        }
        return List.copyOf(integers);
    }
}
