package io.gavel.server.state;

import com.google.protobuf.ByteString;

/// Who a cluster is after a restore (rule 11).
///
/// @param clusterId sixteen random bytes
/// @param incarnation raised by every restore, so that nobody resumes a watch of the old cluster
public record RestoredIdentity(ByteString clusterId, long incarnation) {
    public static final int CLUSTER_ID_BYTES = 16;

    public RestoredIdentity {
        if (clusterId.size() != CLUSTER_ID_BYTES || incarnation < 1) {
            throw new IllegalArgumentException("a cluster id has " + CLUSTER_ID_BYTES
                    + " bytes and an incarnation is positive: " + clusterId.size() + ", " + incarnation);
        }
    }
}
