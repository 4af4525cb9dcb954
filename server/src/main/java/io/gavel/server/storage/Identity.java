package io.gavel.server.storage;

import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.disk.Disk;
import io.gavel.server.disk.DiskFile;
import io.gavel.server.disk.StorageRefusedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Who this data directory belongs to. Written once when the member is made, and again only by a restore.
///
/// @param incarnation random number of this life of the cluster; a restored cluster has another (rule 11)
public record Identity(ClusterId clusterId, NodeId memberId, MemberUuid uuid, long incarnation) {
    /// The file that makes a directory a member's.
    public static final String NAME = "identity";
    private static final long MAGIC = 0x676176656C494431L;
    private static final int FORMAT_VERSION = 1;
    private static final int ENCODED_BYTES = 8 + 2 + 4 + 4 + 1 + 16 + 4 + 16 + 8 + 4;

    /// What the directory says, or null when it has no identity.
    /// [CorruptStorageException] when the file is damaged, [StorageRefusedException] when it is of a newer version.
    public static @Nullable Identity read(Disk disk) throws IOException {
        if (!disk.exists(NAME)) {
            return null;
        }
        ByteBuffer in = ByteBuffer.allocate(ENCODED_BYTES);
        try (DiskFile file = disk.open(NAME)) {
            if (file.read(0, in) < ENCODED_BYTES) {
                throw new CorruptStorageException(NAME + ": ends at " + in.position() + " of " + ENCODED_BYTES);
            }
        }
        in.flip();
        if (in.getInt(ENCODED_BYTES - 4) != checksum(in) || in.getLong() != MAGIC) {
            throw new CorruptStorageException(NAME + ": checksum does not match");
        }
        int version = in.getShort();
        int flags = in.getInt();
        int keyId = in.getInt();
        int codec = in.get();
        if (version != FORMAT_VERSION || flags != 0 || keyId != 0 || codec != 0) {
            throw new StorageRefusedException(
                    "identity format",
                    "version " + FORMAT_VERSION + " without flags",
                    "version " + version + ", flags " + flags + ", key " + keyId + ", codec " + codec);
        }
        return new Identity(
                new ClusterId(in.getLong(), in.getLong()),
                new NodeId(in.getInt()),
                new MemberUuid(in.getLong(), in.getLong()),
                in.getLong());
    }

    /// Makes this the identity of the directory, in one step and durably.
    public void write(Disk disk) throws IOException {
        ByteBuffer out = ByteBuffer.allocate(ENCODED_BYTES);
        out.putLong(MAGIC).putShort((short) FORMAT_VERSION).putInt(0).putInt(0).put((byte) 0);
        out.putLong(clusterId.high()).putLong(clusterId.low());
        out.putInt(memberId.value());
        out.putLong(uuid.high()).putLong(uuid.low());
        out.putLong(incarnation);
        out.putInt(checksum(out));
        AtomicFile.replace(disk, NAME, out.flip());
    }

    /// Refuses the directory of another member or cluster; throws [StorageRefusedException] that names the field.
    public void requireSameAs(Identity expected) throws StorageRefusedException {
        require("cluster id", expected.clusterId, clusterId);
        require("member id", expected.memberId, memberId);
        require("member uuid", expected.uuid, uuid);
    }

    private static void require(String field, Object expected, Object found) throws StorageRefusedException {
        if (!expected.equals(found)) {
            throw new StorageRefusedException(field, expected.toString(), found.toString());
        }
    }

    private static int checksum(ByteBuffer encoded) {
        CRC32C crc = new CRC32C();
        crc.update(encoded.slice(0, ENCODED_BYTES - 4));
        return (int) crc.getValue();
    }
}
