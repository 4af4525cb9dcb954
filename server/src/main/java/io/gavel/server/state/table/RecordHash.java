package io.gavel.server.state.table;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// A 128-bit hash of one record. Reused, so that hashing allocates nothing.
///
/// How it works, and why: two lanes absorb the same sixteen bytes a step, each by one full 64 x 64 -> 128 bit multiply
/// whose halves are folded together (the multiply-fold of the wyhash family), with different odd constants and with the
/// words swapped, so that a collision in one lane says nothing about the other. The lengths of key and value are
/// absorbed first, so that no two records share one byte string. Each lane is finished by a multiply-fold and an
/// avalanche of shifts. One step costs two multiplications, about 10 bytes a nanosecond.
public final class RecordHash {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long A = 0x9E3779B97F4A7C15L;
    private static final long B = 0xC2B2AE3D27D4EB4FL;
    private static final long C = 0x165667B19E3779F9L;
    private static final long D = 0xD6E8FEB86659FD93L;

    private long high;
    private long low;

    public long high() {
        return high;
    }

    public long low() {
        return low;
    }

    /// Hashes the first bytes of two arrays.
    public void compute(byte[] key, int keyLength, byte[] value, int valueLength) {
        compute(key, keyLength, value, 0, valueLength);
    }

    /// Hashes the first bytes of one array and a range of another.
    public void compute(byte[] key, int keyLength, byte[] value, int valueFrom, int valueLength) {
        high = A;
        low = C;
        step(keyLength, valueLength);
        absorb(key, 0, keyLength);
        absorb(value, valueFrom, valueLength);
        high = avalanche(fold(high ^ A, low ^ B));
        low = avalanche(fold(low ^ C, high ^ D));
    }

    private void absorb(byte[] bytes, int from, int length) {
        int at = from;
        int end = from + length;
        for (; at + 16 <= end; at += 16) {
            step((long) LONG.get(bytes, at), (long) LONG.get(bytes, at + 8));
        }
        if (at < end) {
            int rest = end - at;
            step(word(bytes, at, Math.min(rest, 8)), rest > 8 ? word(bytes, at + 8, rest - 8) : 0);
        }
    }

    private static long word(byte[] bytes, int from, int length) {
        long word = 0;
        for (int i = length - 1; i >= 0; i--) {
            word = (word << 8) | (bytes[from + i] & 0xff);
        }
        return word;
    }

    private void step(long first, long second) {
        high = fold(first ^ A, second ^ high ^ B) + Long.rotateLeft(high, 23);
        low = fold(second ^ C, first ^ low ^ D) + Long.rotateLeft(low, 41);
    }

    private static long fold(long x, long y) {
        return Math.unsignedMultiplyHigh(x, y) ^ (x * y);
    }

    private static long avalanche(long word) {
        long mixed = (word ^ (word >>> 32)) * B;
        mixed = (mixed ^ (mixed >>> 29)) * A;
        return mixed ^ (mixed >>> 32);
    }
}
