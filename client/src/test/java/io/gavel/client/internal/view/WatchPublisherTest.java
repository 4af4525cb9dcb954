package io.gavel.client.internal.view;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.ErrorDetail;
import io.gavel.client.error.GavelException;
import io.gavel.client.error.Outcome;
import io.gavel.client.internal.runner.Calls;
import io.gavel.client.internal.runner.ClientRunner;
import io.gavel.client.internal.runner.SystemClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A watch as a publisher: the rules of {@link Flow} and of Reactive Streams, whose numbers stand beside the tests. */
@Timeout(60)
class WatchPublisherTest {
    private static final ErrorDetail GONE =
            ErrorDetail.local(ErrorCode.COMPACTED, Outcome.NOT_APPLIED, "it is gone", "");

    private final WatchView<String> watch = watch(Runnable::run);

    private static WatchView<String> watch(Executor callbacks) {
        return new WatchView<>(
                new Calls(new ClientRunner(new SystemClock(), "not started"), callbacks, Duration.ofSeconds(1)));
    }

    /** Writes down what it is told. */
    private static class SimSubscriber implements Flow.Subscriber<String> {
        final List<String> log = new ArrayList<>();
        final Consumer<Flow.Subscription> atFirst;

        Flow.@Nullable Subscription subscription;

        @Nullable
        Throwable error;

        SimSubscriber(Consumer<Flow.Subscription> atFirst) {
            this.atFirst = atFirst;
        }

        Flow.Subscription subscription() {
            return Objects.requireNonNull(subscription);
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            log.add("subscribed");
            subscription = given;
            atFirst.accept(given);
        }

        @Override
        public void onNext(String event) {
            log.add(event);
        }

        @Override
        public void onError(Throwable failure) {
            log.add("error");
            error = failure;
        }

        @Override
        public void onComplete() {
            log.add("complete");
        }
    }

    private SimSubscriber subscribe(Consumer<Flow.Subscription> atFirst) {
        SimSubscriber subscriber = new SimSubscriber(atFirst);
        watch.publisher().subscribe(subscriber);
        return subscriber;
    }

    @Test
    void noMoreIsDeliveredThanWasAskedFor1_01() {
        watch.onEvent("a");
        SimSubscriber subscriber = subscribe(given -> {});
        assertThat(subscriber.log).containsExactly("subscribed");
        subscriber.subscription().request(2);
        watch.onEvent("b");
        watch.onEvent("c");
        assertThat(subscriber.log).containsExactly("subscribed", "a", "b");
        subscriber.subscription().request(1);
        assertThat(subscriber.log).containsExactly("subscribed", "a", "b", "c");
    }

    @Test
    void theEndIsToldOnceAfterWhatCameBeforeIt1_04() {
        watch.onEvent("a");
        watch.onEnd(GONE);
        SimSubscriber subscriber = subscribe(given -> {});
        assertThat(subscriber.log).containsExactly("subscribed");
        subscriber.subscription().request(5);
        subscriber.subscription().request(5);
        assertThat(subscriber.log).containsExactly("subscribed", "a", "error");
        assertThat(subscriber.error).isInstanceOf(GavelException.class);
    }

    @Test
    void theEndNeedsNoDemand1_04() {
        watch.onEnd(GONE);
        assertThat(subscribe(given -> {}).log).containsExactly("subscribed", "error");
    }

    @Test
    void aClosedWatchIsComplete1_05() {
        watch.onEvent("a");
        watch.close();
        SimSubscriber late = subscribe(given -> {});
        assertThat(late.log).containsExactly("subscribed", "complete");
        late.subscription().request(1);
        late.subscription().request(-1);
        watch.close();
        assertThat(late.log).containsExactly("subscribed", "complete");
    }

    @Test
    void noSubscriberIsAnErrorOfTheCaller1_09() {
        Flow.Subscriber<String> none = nothing();
        assertThatThrownBy(() -> watch.publisher().subscribe(none)).isInstanceOf(NullPointerException.class);
        assertThat(subscribe(given -> given.request(1)).log).containsExactly("subscribed");
    }

    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    private static <T> T nothing() {
        return null;
    }

    @Test
    void anotherSubscriberIsRefusedAndDisturbsNobody1_09() {
        SimSubscriber first = subscribe(given -> given.request(1));
        watch.onEvent("a");
        watch.onEvent("b");
        SimSubscriber greedy = subscribe(given -> given.request(Long.MAX_VALUE));
        SimSubscriber leaving = subscribe(Flow.Subscription::cancel);
        SimSubscriber wrong = subscribe(given -> given.request(0));
        greedy.subscription().cancel();
        first.subscription().request(5);
        watch.onEvent("c");
        assertThat(greedy.log).containsExactly("subscribed", "error");
        assertThat(greedy.error).isInstanceOf(IllegalStateException.class);
        assertThat(leaving.log).startsWith("subscribed").doesNotContain("a", "b", "c", "complete");
        assertThat(wrong.log).containsExactly("subscribed", "error");
        assertThat(first.log).containsExactly("subscribed", "a", "b", "c");
    }

    @Test
    void whoeverThrowsHasCancelled2_13() {
        SimSubscriber subscriber = new SimSubscriber(given -> {
            given.request(1);
            throw new IllegalStateException("thrown by a subscriber on purpose");
        });
        watch.publisher().subscribe(subscriber);
        watch.onEvent("a");
        assertThat(subscriber.log).containsExactly("subscribed");
        assertThatThrownBy(() -> watch.iterator().hasNext()).isInstanceOf(IllegalStateException.class);
        SimSubscriber late = subscribe(given -> {});
        assertThat(late.error).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void whoeverThrowsAtAnEventIsToldNothingMore2_13() {
        SimSubscriber subscriber = new SimSubscriber(given -> given.request(5)) {
            @Override
            public void onNext(String event) {
                super.onNext(event);
                throw new IllegalStateException("thrown by a subscriber on purpose");
            }
        };
        watch.publisher().subscribe(subscriber);
        watch.onEvent("a");
        watch.onEvent("b");
        watch.onEnd(GONE);
        assertThat(subscriber.log).containsExactly("subscribed", "a");
    }

    @Test
    void askingWithinAnEventDoesNotNest3_03() {
        int count = 20_000;
        AtomicInteger depth = new AtomicInteger();
        SimSubscriber subscriber = new SimSubscriber(given -> {}) {
            @Override
            public void onNext(String event) {
                assertThat(depth.incrementAndGet()).isEqualTo(1);
                super.onNext(event);
                subscription().request(1);
                depth.decrementAndGet();
            }
        };
        watch.publisher().subscribe(subscriber);
        for (int i = 0; i < count; i++) {
            watch.onEvent("e");
        }
        subscriber.subscription().request(1);
        assertThat(subscriber.log).hasSize(count + 1);
    }

    @Test
    void afterTheCancelNothingIsTold3_05() {
        SimSubscriber subscriber = new SimSubscriber(given -> given.request(5)) {
            @Override
            public void onNext(String event) {
                super.onNext(event);
                subscription().cancel();
            }
        };
        watch.publisher().subscribe(subscriber);
        watch.onEvent("a");
        watch.onEvent("b");
        subscriber.subscription().cancel();
        subscriber.subscription().request(1);
        subscriber.subscription().request(-1);
        watch.onEnd(GONE);
        watch.close();
        assertThat(subscriber.log).containsExactly("subscribed", "a");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void askingForNothingIsAnError3_09(long demand) {
        SimSubscriber subscriber = subscribe(given -> {});
        watch.onEvent("a");
        subscriber.subscription().request(demand);
        subscriber.subscription().request(demand);
        subscriber.subscription().request(1);
        watch.onEvent("b");
        assertThat(subscriber.log).containsExactly("subscribed", "error");
        assertThat(subscriber.error)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(Long.toString(demand));
    }

    @Test
    void demandBeyondAllBoundsIsWithoutLimit3_17() {
        SimSubscriber subscriber = subscribe(given -> {
            given.request(Long.MAX_VALUE - 1);
            given.request(Long.MAX_VALUE);
            given.request(1);
        });
        watch.onEvent("a");
        watch.onEvent("b");
        subscriber.subscription().request(Long.MAX_VALUE);
        watch.onEvent("c");
        assertThat(subscriber.log).containsExactly("subscribed", "a", "b", "c");
    }

    /** Told by many threads; each signal must see the one before it, and none may overlap. */
    private static final class SimCounter implements Flow.Subscriber<String> {
        final AtomicLong asked = new AtomicLong();
        final AtomicInteger inside = new AtomicInteger();
        final AtomicInteger violations = new AtomicInteger();
        final CountDownLatch subscribed = new CountDownLatch(1);
        final CountDownLatch done = new CountDownLatch(1);
        final int count;
        long delivered;

        Flow.@Nullable Subscription subscription;

        SimCounter(int count) {
            this.count = count;
        }

        private void signal(Runnable body) {
            violations.addAndGet(inside.getAndIncrement());
            body.run();
            inside.decrementAndGet();
        }

        void ask(int n) {
            asked.addAndGet(n);
            Objects.requireNonNull(subscription).request(n);
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            signal(() -> {
                violations.addAndGet(delivered == 0 ? 0 : 1);
                subscription = given;
                subscribed.countDown();
            });
        }

        @Override
        public void onNext(String event) {
            signal(() -> {
                violations.addAndGet(event.equals(Long.toString(delivered)) ? 0 : 1);
                violations.addAndGet(++delivered > asked.get() ? 1 : 0);
                if (delivered % 3 == 0) {
                    ask(1);
                }
                if (delivered == count) {
                    done.countDown();
                }
            });
        }

        @Override
        public void onError(Throwable error) {
            violations.incrementAndGet();
        }

        @Override
        public void onComplete() {
            violations.incrementAndGet();
        }
    }

    @Test
    void signalsComeOneAfterTheOther1_03() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        ExecutorService callbacks = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < 50; round++) {
                int count = 500;
                WatchView<String> many = watch(callbacks);
                SimCounter counter = new SimCounter(count);
                Thread producer = new Thread(() -> {
                    for (int i = 0; i < count; i++) {
                        many.onEvent(Integer.toString(i));
                    }
                });
                producer.start();
                many.publisher().subscribe(counter);
                assertThat(counter.subscribed.await(10, SECONDS)).isTrue();
                for (int left = count; left > 0; ) {
                    int some = Math.min(left, 1 + random.nextInt(20));
                    counter.ask(some);
                    left -= some;
                }
                assertThat(counter.done.await(10, SECONDS)).as("seed=%d", seed).isTrue();
                producer.join();
                Objects.requireNonNull(counter.subscription).cancel();
                assertThat(counter.violations).as("seed=%d", seed).hasValue(0);
            }
        } finally {
            callbacks.shutdownNow();
        }
    }
}
