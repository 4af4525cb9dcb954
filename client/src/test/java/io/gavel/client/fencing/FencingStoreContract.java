package io.gavel.client.fencing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every {@link FencingStore} must do: extend this and give your own. */
@Timeout(60)
interface FencingStoreContract {
    /** An empty store, for one test. */
    FencingStore store();

    @BeforeEach
    default void isEmpty() {
        assertThat(store().admit("untouched", Long.MIN_VALUE + 1)).isTrue();
    }

    @Test
    default void aHigherTokenIsAdmittedAndTheSameOneAgain() {
        FencingStore store = store();
        assertThat(store.admit("r", 33)).isTrue();
        assertThat(store.admit("r", 33)).isTrue();
        assertThat(store.admit("r", 34)).isTrue();
        assertThat(store.admit("r", Long.MAX_VALUE)).isTrue();
    }

    @Test
    default void whoWasOvertakenIsRefusedForEver() {
        FencingStore store = store();
        assertThat(store.admit("r", 34)).isTrue();
        for (int i = 0; i < 3; i++) {
            assertThat(store.admit("r", 33)).isFalse();
        }
        assertThat(store.admit("r", 34)).as("a refusal changes nothing").isTrue();
    }

    @Test
    default void resourcesDoNotConcernEachOther() {
        FencingStore store = store();
        assertThat(store.admit("a", 34)).isTrue();
        assertThat(store.admit("b", 33)).isTrue();
        assertThat(store.admit("a", 33)).isFalse();
    }

    /** Each thread sees its admitted tokens only rise over those that it saw admitted by anybody before. */
    @Test
    default void concurrentHoldersAreOrderedByTheirTokens() throws InterruptedException {
        FencingStore store = store();
        AtomicLong admitted = new AtomicLong();
        AtomicLong tokens = new AtomicLong();
        List<String> wrong = new ArrayList<>();
        CountDownLatch start = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Thread thread = new Thread(() -> {
                awaitQuietly(start);
                for (int n = 0; n < 5_000; n++) {
                    long token = tokens.incrementAndGet();
                    long before = admitted.get();
                    boolean in = store.admit("r", token);
                    if (in && token < before) {
                        synchronized (wrong) {
                            wrong.add(token + " was admitted after " + before);
                        }
                    }
                    if (in) {
                        admitted.accumulateAndGet(token, Math::max);
                    }
                    long stale = admitted.get() - 1;
                    if (store.admit("r", stale)) {
                        synchronized (wrong) {
                            wrong.add(stale + " was admitted after " + (stale + 1));
                        }
                    }
                }
            });
            threads.add(thread);
            thread.start();
        }
        start.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(wrong).isEmpty();
        assertThat(store.admit("r", tokens.get()))
                .as("the highest was admitted")
                .isTrue();
        assertThat(store.admit("r", tokens.get() - 1)).isFalse();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
