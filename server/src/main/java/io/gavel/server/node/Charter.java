package io.gavel.server.node;

import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.ConfigurationCodec;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.server.disk.Disk;
import io.gavel.server.disk.DiskFile;
import io.gavel.server.storage.AtomicFile;
import io.gavel.server.storage.ClusterId;
import io.gavel.server.storage.CorruptStorageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// What a node keeps of the founding of its cluster: first its own candidacy, later the first configuration.
///
/// The candidacy is durable before any other node hears of it, so that a node that restarts in the middle of the
/// founding comes back as the same candidate, while one that lost its disk comes back as another (rule 20).
///
/// @param uuid this member's, from the first start on
/// @param clusterId the cluster's if this member has the lowest id of the founders; the cluster's in any case once
///     `configuration` is there
/// @param incarnation as `clusterId`
/// @param configuration the first configuration of the cluster; null until it is agreed. Empty for a member that
///     joined later
record Charter(
        MemberUuid uuid,
        ClusterId clusterId,
        long incarnation,
        @Nullable Configuration configuration) {
    private static final String NAME = "charter";
    private static final long MAGIC = 0x676176656C434831L;
    private static final short FORMAT_VERSION = 1;
    private static final int MAX_BYTES = 1 << 16;

    static @Nullable Charter read(Disk disk) throws IOException {
        if (!disk.exists(NAME)) {
            return null;
        }
        try (DiskFile file = disk.open(NAME)) {
            ByteBuffer in = ByteBuffer.allocate(MAX_BYTES);
            int length = file.read(0, in);
            in.flip();
            return decode(in, length);
        }
    }

    void write(Disk disk) throws IOException {
        AtomicFile.replace(disk, NAME, encode());
    }

    Charter founded(ClusterId cluster, long clusterIncarnation, Configuration first) {
        return new Charter(uuid, cluster, clusterIncarnation, first);
    }

    private ByteBuffer encode() {
        byte[] encoded = configuration == null ? new byte[0] : ConfigurationCodec.encode(configuration);
        ByteBuffer out = ByteBuffer.allocate(8 + 2 + 4 + 4 + 1 + 16 + 16 + 8 + 4 + encoded.length + 4);
        // Must-understand flags, key id and codec are 0 (rule 37).
        out.putLong(MAGIC).putShort(FORMAT_VERSION).putInt(0).putInt(0).put((byte) 0);
        out.putLong(uuid.high()).putLong(uuid.low());
        out.putLong(clusterId.high()).putLong(clusterId.low());
        out.putLong(incarnation);
        out.putInt(configuration == null ? -1 : encoded.length).put(encoded);
        out.putInt(checksum(out, out.position()));
        return out.flip();
    }

    private static Charter decode(ByteBuffer in, int length) throws CorruptStorageException {
        int body = length - Integer.BYTES;
        if (body < 63 || in.getInt(body) != checksum(in, body) || in.getLong() != MAGIC) {
            throw new CorruptStorageException(NAME + ": checksum does not match");
        }
        short version = in.getShort();
        if (version != FORMAT_VERSION || in.getInt() != 0 || in.getInt() != 0 || in.get() != 0) {
            throw new CorruptStorageException(NAME + ": format " + version + " or its flags are not known");
        }
        MemberUuid uuid = new MemberUuid(in.getLong(), in.getLong());
        ClusterId cluster = new ClusterId(in.getLong(), in.getLong());
        long incarnation = in.getLong();
        int bytes = in.getInt();
        if (bytes < 0) {
            return new Charter(uuid, cluster, incarnation, null);
        }
        byte[] encoded = new byte[bytes];
        in.get(encoded);
        return new Charter(uuid, cluster, incarnation, ConfigurationCodec.decode(encoded));
    }

    private static int checksum(ByteBuffer buffer, int length) {
        CRC32C crc = new CRC32C();
        crc.update(buffer.duplicate().position(0).limit(length));
        return (int) crc.getValue();
    }
}
