package io.gavel.server.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class MailboxTest {
    private final AtomicInteger wakes = new AtomicInteger();

    private Mailbox<String> mailbox(int items, long bytes) {
        return new Mailbox<>(
                new Mailbox.Limits(items, bytes), new Mailbox.Limits(2, 10), String::length, wakes::incrementAndGet);
    }

    private static List<String> drain(Mailbox<String> mailbox, int limit) {
        List<String> items = new ArrayList<>();
        int drained = mailbox.drain(items::add, limit);
        assertThat(drained).isEqualTo(items.size());
        return items;
    }

    @Test
    void refusesMoreItemsThanItsLimit() {
        Mailbox<String> mailbox = mailbox(4, 100);
        for (int i = 0; i < 4; i++) {
            assertThat(mailbox.offer("x")).isTrue();
        }
        assertThat(mailbox.offer("y")).isFalse();
        assertThat(drain(mailbox, 10)).containsExactly("x", "x", "x", "x");
        assertThat(mailbox.offer("y")).isTrue();
    }

    @Test
    void refusesMoreBytesThanItsLimitAndForgetsTheRefusedOnes() {
        Mailbox<String> mailbox = mailbox(16, 6);
        assertThat(mailbox.offer("1234")).isTrue();
        assertThat(mailbox.offer("567")).isFalse();
        assertThat(mailbox.offer("56")).isTrue();
        assertThat(mailbox.bytes()).isEqualTo(6);
        assertThat(drain(mailbox, 1)).containsExactly("1234");
        assertThat(mailbox.offer("7890")).isTrue();
    }

    @Test
    void keepsRoomForControlItemsAndDrainsThemFirst() {
        Mailbox<String> mailbox = mailbox(2, 100);
        assertThat(mailbox.offer("a")).isTrue();
        assertThat(mailbox.offer("b")).isTrue();
        assertThat(mailbox.offer("c")).isFalse();
        assertThat(mailbox.offerControl("C1")).isTrue();
        assertThat(mailbox.offerControl("C2")).isTrue();
        assertThat(mailbox.offerControl("C3")).isFalse();
        assertThat(drain(mailbox, 3)).containsExactly("C1", "C2", "a");
        assertThat(mailbox.poll()).isEqualTo("b");
        assertThat(mailbox.poll()).isNull();
        assertThat(mailbox.bytes()).isZero();
    }

    @Test
    void wakesTheReceiverForAcceptedItemsOnly() {
        Mailbox<String> mailbox = mailbox(2, 3);
        mailbox.offer("abc");
        mailbox.offer("d");
        mailbox.offerControl("e");
        assertThat(wakes).hasValue(2);
    }

    @Test
    @Timeout(30)
    void keepsTheOrderOfEachSenderAndLosesNothing() throws InterruptedException {
        int senders = 4;
        int each = 50_000;
        Mailbox<int[]> mailbox =
                new Mailbox<>(new Mailbox.Limits(1024, 1 << 20), new Mailbox.Limits(2, 10), _ -> 8, () -> {});
        CountDownLatch start = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (int s = 0; s < senders; s++) {
            int sender = s;
            threads.add(Thread.ofPlatform().start(() -> send(mailbox, start, sender, each)));
        }
        int[] next = new int[senders];
        start.countDown();
        int received = 0;
        while (received < senders * each) {
            received += mailbox.drain(item -> assertThat(item[1]).isEqualTo(next[item[0]]++), 100);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(next).containsOnly(each);
        assertThat(mailbox.bytes()).isZero();
    }

    private static void send(Mailbox<int[]> mailbox, CountDownLatch start, int sender, int count) {
        try {
            start.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        for (int i = 0; i < count; i++) {
            int[] item = {sender, i};
            while (!mailbox.offer(item)) {
                Thread.onSpinWait();
            }
        }
    }
}
