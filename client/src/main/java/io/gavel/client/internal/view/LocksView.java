package io.gavel.client.internal.view;

import io.gavel.client.internal.runner.Call;
import io.gavel.client.internal.wire.Decode;
import io.gavel.client.internal.wire.Limits;
import io.gavel.client.lock.DistributedLock;
import io.gavel.client.lock.LockOptions;
import io.gavel.client.lock.LockStatus;
import io.gavel.client.lock.Locks;
import io.gavel.client.lock.ReadWriteLock;
import io.gavel.client.lock.Semaphore;
import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.ForceReleaseLock;
import io.gavel.protocol.v1.LockListQuery;
import io.gavel.protocol.v1.LockQuery;
import io.gavel.protocol.v1.Query;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** Locks by name. */
final class LocksView implements Locks {
    /** Of a read-write lock: more readers than that wait. */
    private static final int READERS = 65_536;

    private final Context context;

    LocksView(Context context) {
        this.context = context;
    }

    @Override
    public DistributedLock lock(String name) {
        return lock(name, LockOptions.EXCLUSIVE);
    }

    @Override
    public DistributedLock lock(String name, LockOptions options) {
        Limits.name(name);
        Limits.require(options.capacity() >= 1, "capacity", "at least 1", String.valueOf(options.capacity()));
        Limits.require(
                options.permits() >= 0 && options.permits() <= options.capacity(),
                "permits",
                "0 to the capacity, " + options.capacity(),
                String.valueOf(options.permits()));
        Limits.require(
                !options.lockDelay().isNegative(),
                "lockDelay",
                "at least 0",
                options.lockDelay().toString());
        return new LockView(context, name, options);
    }

    @Override
    public ReadWriteLock readWriteLock(String name) {
        DistributedLock read = lock(name, new LockOptions(READERS, 1, Duration.ZERO, List.of()));
        DistributedLock write = lock(name, new LockOptions(READERS, 0, Duration.ZERO, List.of()));
        return new ReadWriteLock() {
            @Override
            public DistributedLock read() {
                return read;
            }

            @Override
            public DistributedLock write() {
                return write;
            }
        };
    }

    @Override
    public Semaphore semaphore(String name, int capacity) {
        Limits.name(name);
        Limits.require(capacity >= 1, "capacity", "at least 1", String.valueOf(capacity));
        return new Semaphore() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public int capacity() {
                return capacity;
            }

            @Override
            public DistributedLock permits(int permits) {
                Limits.require(permits >= 1, "permits", "at least 1", String.valueOf(permits));
                return lock(name, new LockOptions(capacity, permits, Duration.ZERO, List.of()));
            }
        };
    }

    @Override
    public LockStatus describe(String name) {
        return describeCall(name).await();
    }

    @Override
    public CompletableFuture<LockStatus> describeAsync(String name) {
        return describeCall(name).future();
    }

    private Call<LockStatus> describeCall(String name) {
        return context.read(
                Query.newBuilder().setLock(LockQuery.newBuilder().setName(Limits.name(name))),
                result -> Decode.lock(result.getLock()));
    }

    @Override
    public List<LockStatus> list(String prefix, String after, int limit) {
        return listCall(prefix, after, limit).await();
    }

    @Override
    public CompletableFuture<List<LockStatus>> listAsync(String prefix, String after, int limit) {
        return listCall(prefix, after, limit).future();
    }

    private Call<List<LockStatus>> listCall(String prefix, String after, int limit) {
        return context.read(
                Query.newBuilder()
                        .setLockList(LockListQuery.newBuilder()
                                .setPrefix(prefix)
                                .setAfter(after)
                                .setLimit(Limits.nonNegative("limit", limit))),
                result -> result.getLockList().getLocksList().stream()
                        .map(Decode::lock)
                        .collect(Collectors.toUnmodifiableList()));
    }

    @Override
    public boolean forceRelease(String name, long token, boolean now) {
        return forceReleaseCall(name, token, now).await();
    }

    @Override
    public CompletableFuture<Boolean> forceReleaseAsync(String name, long token, boolean now) {
        return forceReleaseCall(name, token, now).future();
    }

    private Call<Boolean> forceReleaseCall(String name, long token, boolean now) {
        return context.execute(
                Command.newBuilder()
                        .setForceReleaseLock(ForceReleaseLock.newBuilder()
                                .setName(Limits.name(name))
                                .setToken(token)
                                .setNow(now)),
                result -> result.getRelease().getReleased());
    }
}
