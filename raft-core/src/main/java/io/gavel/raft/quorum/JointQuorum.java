package io.gavel.raft.quorum;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;

/// What the voters of a configuration agree on: a majority, and while joint a majority of both sets (§6).
public final class JointQuorum {
    /// What an empty set of voters agrees on.
    public static final long NOTHING = Long.MIN_VALUE;

    private JointQuorum() {}

    /// The highest number that a quorum has reached, given what each voter has reached.
    ///
    /// Serves matchIndex (commit), read rounds (confirmation) and time of last contact (check-quorum) alike.
    public static long agreed(Configuration configuration, ToLongFunction<NodeId> reached) {
        long incoming = agreed(configuration.voters(), reached);
        return configuration.isJoint() ? Math.min(incoming, agreed(configuration.outgoingVoters(), reached)) : incoming;
    }

    private static long agreed(List<Member> voters, ToLongFunction<NodeId> reached) {
        int size = voters.size();
        if (size == 0) {
            return NOTHING;
        }
        long[] values = new long[size];
        for (int i = 0; i < size; i++) {
            values[i] = reached.applyAsLong(voters.get(i).id());
        }
        Arrays.sort(values);
        return values[size - majority(size)];
    }

    static int majority(int voters) {
        return voters / 2 + 1;
    }
}
