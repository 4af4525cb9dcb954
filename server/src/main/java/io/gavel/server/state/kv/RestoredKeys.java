package io.gavel.server.state.kv;

import io.gavel.server.snapshot.RecordSink;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Passes on, of all the versions of each key in a snapshot, the newest one, if it is live and does not end with a
/// session.
public final class RestoredKeys implements RecordSink {
    private final RecordSink sink;
    private byte @Nullable [] key;
    private byte @Nullable [] value;

    public RestoredKeys(RecordSink sink) {
        this.sink = sink;
    }

    @Override
    public void put(byte[] nextKey, byte[] nextValue) throws IOException {
        if (key != null && !KeyRecord.isSameKey(key, nextKey)) {
            finish();
        }
        key = nextKey;
        value = nextValue;
    }

    /// No more versions of the present key will come.
    public void finish() throws IOException {
        if (key != null && value != null && KeyRecord.outlivesSessions(value)) {
            sink.put(key, value);
        }
        key = null;
        value = null;
    }
}
