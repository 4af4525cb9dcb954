package io.gavel.client.internal.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.client.RetryPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** One breaker a member. */
class EndpointBookTest {
    private static final long SECOND = SimWorld.SECOND;
    private static final List<String> MEMBERS = List.of("n1:7400", "n2:7400", "n3:7400");

    private final EndpointBook book = new EndpointBook(MEMBERS, RetryPolicy.DEFAULT, new Random(5));

    private String choose(long now) {
        return Objects.requireNonNull(book.choose(now));
    }

    @Test
    void aDeadMemberIsNotTriedAtEveryReconnect() {
        long now = SECOND;
        List<Long> tries = new ArrayList<>();
        for (int i = 0; i < 600; i++, now += SECOND / 10) {
            String member = choose(now);
            if (member.equals("n2:7400")) {
                tries.add(now);
                book.onFailure(member, "refused", now);
            } else {
                book.onSuccess(member);
            }
        }
        assertThat(tries).as("within 60 s: after 2, 4, 8, 16, and 32 seconds").hasSizeBetween(5, 6);
        assertThat(tries.get(3) - tries.get(2)).isGreaterThanOrEqualTo(8 * SECOND);
    }

    @Test
    void aLeaderThatOnlyThisClientCannotReachDoesNotCostEveryReconnect() {
        long now = SECOND;
        book.onLeader("n3:7400");
        assertThat(choose(now)).isEqualTo("n3:7400");
        book.onFailure("n3:7400", "no answer to hello", now);
        book.onLeader("n3:7400");
        for (int i = 0; i < 10; i++) {
            now += SECOND / 10;
            assertThat(choose(now)).isNotEqualTo("n3:7400");
            assertThat(book.betterThan("n1:7400", now)).isNull();
        }
        now += 2 * SECOND;
        assertThat(choose(now)).as("one attempt finds out").isEqualTo("n3:7400");
        assertThat(choose(now)).as("and only one").isNotEqualTo("n3:7400");
        book.onSuccess("n3:7400");
        assertThat(choose(now)).isEqualTo("n3:7400");
    }

    @Test
    void whenNobodyIsTrustedEverybodyIsTriedAfterAShortBackOff() {
        long now = SECOND;
        for (int i = 0; i < 10; i++) {
            for (String member : MEMBERS) {
                book.onFailure(member, "refused", now);
            }
            assertThat(book.choose(now)).isNull();
            assertThat(book.nextUsableNanos() - now).isBetween(1L, 2 * SECOND);
            now = book.nextUsableNanos();
            assertThat(book.choose(now)).isNotNull();
        }
        assertThat(book.isDown(now)).isEqualTo(now - SECOND >= EndpointBook.DOWN_AFTER_NANOS);
    }
}
