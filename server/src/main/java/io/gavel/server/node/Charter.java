package io.gavel.server.node;

import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.ConfigurationCodec;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.server.disk.Disk;
import io.gavel.server.storage.CheckedFile;
import io.gavel.server.storage.ClusterId;
import java.io.IOException;
import java.nio.ByteBuffer;
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
    private static final CheckedFile FILE = new CheckedFile("charter", 0x676176656C434831L, (short) 1, 1 << 16);

    static @Nullable Charter read(Disk disk) throws IOException {
        ByteBuffer body = FILE.read(disk);
        return body == null ? null : decode(body);
    }

    void write(Disk disk) throws IOException {
        FILE.write(disk, encode());
    }

    Charter founded(ClusterId cluster, long clusterIncarnation, Configuration first) {
        return new Charter(uuid, cluster, clusterIncarnation, first);
    }

    private ByteBuffer encode() {
        byte[] encoded = configuration == null ? new byte[0] : ConfigurationCodec.encode(configuration);
        ByteBuffer out = ByteBuffer.allocate(16 + 16 + 8 + 4 + encoded.length);
        out.putLong(uuid.high()).putLong(uuid.low());
        out.putLong(clusterId.high()).putLong(clusterId.low());
        out.putLong(incarnation);
        out.putInt(configuration == null ? -1 : encoded.length).put(encoded);
        return out.flip();
    }

    private static Charter decode(ByteBuffer in) {
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
}
