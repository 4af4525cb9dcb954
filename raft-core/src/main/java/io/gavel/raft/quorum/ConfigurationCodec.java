package io.gavel.raft.quorum;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The bytes of a [Configuration] in a log entry, a journal header and a snapshot manifest.
///
/// Big endian: a version byte, then voters, outgoing voters and learners, each as an unsigned 16-bit count and
/// that many members (id 32 bits, uuid 128 bits, address as an unsigned 16-bit length and UTF-8).
public final class ConfigurationCodec {
    private static final int VERSION = 1;
    private static final int MEMBER_FIXED_BYTES = 4 + 16 + 2;
    private static final int MAX_UNSIGNED_SHORT = 0xFFFF;

    private ConfigurationCodec() {}

    /// The encoded form; equal configurations give equal bytes.
    public static byte[] encode(Configuration configuration) {
        ByteBuffer out = ByteBuffer.allocate(1
                + encodedLength(configuration.voters())
                + encodedLength(configuration.outgoingVoters())
                + encodedLength(configuration.learners()));
        out.put((byte) VERSION);
        putMembers(out, configuration.voters());
        putMembers(out, configuration.outgoingVoters());
        putMembers(out, configuration.learners());
        return out.array();
    }

    /// Throws `IllegalArgumentException` for bytes that no [#encode] of a known version wrote.
    public static Configuration decode(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            int version = in.get();
            if (version != VERSION) {
                throw new IllegalArgumentException(
                        "configuration version " + version + " is not known, need " + VERSION);
            }
            Configuration configuration = new Configuration(members(in), members(in), members(in));
            if (in.hasRemaining()) {
                throw new IllegalArgumentException("configuration has " + in.remaining() + " bytes too many");
            }
            return configuration;
        } catch (BufferUnderflowException tooShort) {
            throw new IllegalArgumentException("configuration ends early at " + bytes.length + " bytes", tooShort);
        }
    }

    private static int encodedLength(List<Member> members) {
        int length = 2;
        for (Member member : members) {
            length += MEMBER_FIXED_BYTES + member.peerAddress().getBytes(StandardCharsets.UTF_8).length;
        }
        return length;
    }

    private static void putMembers(ByteBuffer out, List<Member> members) {
        putUnsignedShort(out, members.size());
        for (Member member : members) {
            out.putInt(member.id().value());
            out.putLong(member.uuid().high()).putLong(member.uuid().low());
            byte[] address = member.peerAddress().getBytes(StandardCharsets.UTF_8);
            putUnsignedShort(out, address.length);
            out.put(address);
        }
    }

    private static void putUnsignedShort(ByteBuffer out, int value) {
        if (value > MAX_UNSIGNED_SHORT) {
            throw new IllegalArgumentException("count or length " + value + " exceeds " + MAX_UNSIGNED_SHORT);
        }
        out.putShort((short) value);
    }

    private static List<Member> members(ByteBuffer in) {
        int count = Short.toUnsignedInt(in.getShort());
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            NodeId id = new NodeId(in.getInt());
            MemberUuid uuid = new MemberUuid(in.getLong(), in.getLong());
            byte[] address = new byte[Short.toUnsignedInt(in.getShort())];
            in.get(address);
            members.add(new Member(id, uuid, new String(address, StandardCharsets.UTF_8)));
        }
        return List.copyOf(members);
    }
}
