package io.gavel.server.restore;

import com.google.protobuf.ByteString;
import io.gavel.raft.Effect;
import io.gavel.raft.HardState;
import io.gavel.raft.SnapshotMeta;
import io.gavel.raft.quorum.Configuration;
import io.gavel.raft.quorum.Member;
import io.gavel.raft.quorum.MemberUuid;
import io.gavel.raft.quorum.NodeId;
import io.gavel.server.config.ServerConfig.ClusterMember;
import io.gavel.server.disk.FileDisk;
import io.gavel.server.snapshot.RecordSource;
import io.gavel.server.snapshot.SnapshotManifest;
import io.gavel.server.snapshot.SnapshotStore;
import io.gavel.server.state.RestorePreparation;
import io.gavel.server.state.RestoredIdentity;
import io.gavel.server.state.StateMachine;
import io.gavel.server.state.table.DigestValue;
import io.gavel.server.storage.ClusterId;
import io.gavel.server.storage.Identity;
import io.gavel.server.storage.Journal;
import io.gavel.server.storage.JournalOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/// The data directories of a new cluster, made from a snapshot of an old one (rule 11).
///
/// Prepared once for all members, so that they agree on who they are and hold the same state: each directory has the
/// rewritten snapshot, a journal that begins after it, and, written last, an identity.
public record RestoredCluster(ClusterId clusterId, long revision, List<RestoredMember> members) {
    /// One member and its directory.
    public record RestoredMember(NodeId id, MemberUuid uuid, Path directory) {}

    /// Makes `parent/member-ID` for every member.
    ///
    /// @param random makes the cluster's id and incarnation and the members' uuids: unpredictable
    /// @param unixSeconds the wall clock; the new cluster counts from it (see [RestorePreparation])
    /// @throws DirectoryNotEmptyException if one of the directories has something in it; then nothing was made
    public static RestoredCluster prepare(
            OfflineSnapshot snapshot,
            Path parent,
            List<ClusterMember> members,
            RandomGenerator random,
            long unixSeconds)
            throws IOException {
        List<RestoredMember> restored = new ArrayList<>();
        List<Member> voters = new ArrayList<>();
        for (ClusterMember member : members) {
            Path directory = parent.resolve("member-" + member.id().value());
            requireEmpty(directory);
            MemberUuid uuid = new MemberUuid(random.nextLong(), random.nextLong());
            restored.add(new RestoredMember(member.id(), uuid, directory));
            voters.add(new Member(member.id(), uuid, member.peer().toString()));
        }
        ClusterId clusterId = new ClusterId(random.nextLong(), random.nextLong());
        long incarnation = (random.nextLong() >>> 1) | 1;
        RestoredIdentity identity = new RestoredIdentity(
                ByteString.copyFrom(ByteBuffer.allocate(RestoredIdentity.CLUSTER_ID_BYTES)
                        .putLong(clusterId.high())
                        .putLong(clusterId.low())
                        .flip()),
                incarnation);
        RecordSource rewritten = sink -> RestorePreparation.prepare(snapshot, identity, unixSeconds, sink);
        StateMachine state = StateMachine.restore(new SilentListener(), rewritten);
        long revision = state.published().revision();
        Plan plan = new Plan(
                new SnapshotMeta(snapshot.manifest().meta().lastIncluded(), Configuration.of(voters)),
                new SnapshotManifest.Origin(
                        clusterId, incarnation, revision, digest(state.digest(), snapshot.manifest())),
                rewritten);
        for (RestoredMember member : restored) {
            plan.carryOut(member, random);
        }
        return new RestoredCluster(clusterId, revision, List.copyOf(restored));
    }

    private static SnapshotManifest.Digest digest(DigestValue value, SnapshotManifest old) {
        return new SnapshotManifest.Digest(old.origin().digest().version(), value.high(), value.low());
    }

    private static void requireEmpty(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> content = Files.list(directory)) {
                if (content.findAny().isPresent()) {
                    throw new DirectoryNotEmptyException(directory.toString());
                }
            }
        }
    }

    /// What every member is given.
    private record Plan(SnapshotMeta meta, SnapshotManifest.Origin origin, RecordSource records) {
        void carryOut(RestoredMember member, RandomGenerator random) throws IOException {
            Identity identity = new Identity(origin.clusterId(), member.id(), member.uuid(), origin.incarnation());
            try (FileDisk disk = FileDisk.open(member.directory())) {
                SnapshotStore.open(disk).take(meta, origin, records);
                Journal.Setup setup =
                        new Journal.Setup(disk, identity, JournalOptions.DEFAULT, Runnable::run, random.nextLong());
                try (Journal journal = Journal.create(setup, meta.configuration(), random.nextLong())) {
                    HardState hardState = new HardState(meta.lastIncluded().term(), null);
                    journal.reset(new Effect.ResetLog(1, hardState, meta));
                }
                identity.write(disk);
            }
        }
    }
}
