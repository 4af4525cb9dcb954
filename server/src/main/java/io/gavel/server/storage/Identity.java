package io.gavel.server.storage;

import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.disk.Disk;
import io.gavel.server.disk.StorageRefusedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Who this data directory belongs to. Written once when the member is made, and again only by a restore.
///
/// @param incarnation random number of this life of the cluster; a restored cluster has another (rule 11)
public record Identity(ClusterId clusterId, NodeId memberId, MemberUuid uuid, long incarnation) {
    /// The file that makes a directory a member's.
    public static final String NAME = "identity";
    private static final int BODY_BYTES = 16 + 4 + 16 + 8;
    private static final CheckedFile FILE = new CheckedFile(NAME, 0x676176656C494431L, (short) 1, BODY_BYTES);

    /// What the directory says, or null when it has no identity.
    /// [CorruptStorageException] when the file is damaged, [StorageRefusedException] when it is of a newer version.
    public static @Nullable Identity read(Disk disk) throws IOException {
        ByteBuffer in = FILE.read(disk);
        if (in == null) {
            return null;
        }
        return new Identity(
                new ClusterId(in.getLong(), in.getLong()),
                new NodeId(in.getInt()),
                new MemberUuid(in.getLong(), in.getLong()),
                in.getLong());
    }

    /// Makes this the identity of the directory, in one step and durably.
    public void write(Disk disk) throws IOException {
        ByteBuffer out = ByteBuffer.allocate(BODY_BYTES);
        out.putLong(clusterId.high()).putLong(clusterId.low());
        out.putInt(memberId.value());
        out.putLong(uuid.high()).putLong(uuid.low());
        out.putLong(incarnation);
        FILE.write(disk, out.flip());
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
}
