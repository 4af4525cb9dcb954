package io.gavel.faults.accept;

import io.gavel.client.GavelClient;
import io.gavel.client.error.GavelException;
import io.gavel.client.kv.Op;
import io.gavel.client.lock.LockGrant;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// A process that holds a lock, to be paused by somebody else: `ENDPOINTS LOCK TTL_MILLIS`.
///
/// Prints `token N` when it holds the lock; after a pause `held true|false`, which is the first look, then
/// `write refused` or `write accepted` for a write guarded by its token.
public final class HolderMain {
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private HolderMain() {}

    /// Entry point of the child process.
    public static void main(String[] args) throws Exception {
        GavelClient client = GavelClient.builder()
                .endpoints(args[0].split(",", -1))
                .sessionTtl(Duration.ofMillis(Long.parseLong(args[2])))
                .clientName("holder")
                .build();
        LockGrant grant = client.locks().lock(args[1]).acquire(Duration.ofSeconds(10));
        System.out.println("token " + grant.fencingToken());
        long last = System.nanoTime();
        while (true) {
            TimeUnit.MILLISECONDS.sleep(1);
            boolean held = grant.isHeld();
            long now = System.nanoTime();
            if (now - last > PAUSE_NANOS) {
                System.out.println("held " + held);
                break;
            }
            last = now;
        }
        try {
            client.kv()
                    .txn()
                    .when(grant.guard())
                    .then(Op.put("accept/guarded", "by the paused holder"))
                    .commit();
            System.out.println("write accepted");
        } catch (GavelException refused) {
            System.out.println("write refused");
        }
        client.close();
    }
}
