package io.gavel.server.state.table;

/// A 128-bit sum of record hashes: the same for the same set of records, whatever the order of changes that led there
/// (rule 31). Not a cryptographic hash: it finds divergence, not malice.
///
/// Confined to one thread. `VERSION` names the algorithm; members compare digests of one version only.
public final class StateDigest {
    public static final int VERSION = 1;

    private long high;
    private long low;
    private final RecordHash hash = new RecordHash();

    /// Adds a record.
    public void add(byte[] key, byte[] value) {
        add(key, key.length, value, value.length);
    }

    /// Adds the record in the first bytes of two arrays.
    public void add(byte[] key, int keyLength, byte[] value, int valueLength) {
        hash.compute(key, keyLength, value, valueLength);
        long sum = low + hash.low();
        high += hash.high() + (Long.compareUnsigned(sum, low) < 0 ? 1 : 0);
        low = sum;
    }

    /// Takes a record out again.
    public void remove(byte[] key, byte[] value) {
        remove(key, key.length, value, value.length);
    }

    /// Takes out the record in the first bytes of two arrays.
    public void remove(byte[] key, int keyLength, byte[] value, int valueLength) {
        hash.compute(key, keyLength, value, valueLength);
        long difference = low - hash.low();
        high -= hash.high() + (Long.compareUnsigned(low, hash.low()) < 0 ? 1 : 0);
        low = difference;
    }

    /// Adds all records of another digest.
    public void addAll(StateDigest other) {
        long sum = low + other.low;
        high += other.high + (Long.compareUnsigned(sum, low) < 0 ? 1 : 0);
        low = sum;
    }

    /// The digest so far.
    public DigestValue value() {
        return new DigestValue(high, low);
    }
}
