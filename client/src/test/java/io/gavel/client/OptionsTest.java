package io.gavel.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gavel.client.config.ConfigChanges;
import io.gavel.client.error.InvalidArgumentException;
import io.gavel.client.kv.DeleteOptions;
import io.gavel.client.kv.PutOptions;
import io.gavel.client.kv.ReadOptions;
import io.gavel.client.watch.WatchOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OptionsTest {
    static Stream<LongFunction<Object>> conditions() {
        return Stream.of(
                PutOptions.DEFAULT::withIfVersion,
                PutOptions.DEFAULT::withIfModRevision,
                DeleteOptions.DEFAULT::withIfVersion,
                DeleteOptions.DEFAULT::withIfModRevision,
                ConfigChanges.set("k", "v")::withExpectedVersion,
                WatchOptions.key()::withFrom,
                ReadOptions.DEFAULT::withRevision,
                ReadOptions.DEFAULT::withNotBefore);
    }

    @ParameterizedTest
    @MethodSource("conditions")
    void aNegativeConditionIsRefusedAndNotLeftOut(LongFunction<Object> with) {
        assertThatThrownBy(() -> with.apply(-1))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("at least 0, not -1");
        assertThatThrownBy(() -> with.apply(Long.MIN_VALUE)).isInstanceOf(InvalidArgumentException.class);
        assertThat(with.apply(0)).isNotNull();
    }

    static Stream<ThrowingCallable> conditionsBelowMinusOne() {
        return Stream.of(
                () -> new PutOptions(false, Duration.ZERO, -2, -1, false),
                () -> new PutOptions(false, Duration.ZERO, -1, -2, false),
                () -> new DeleteOptions(false, -2, -1, false),
                () -> new DeleteOptions(false, -1, -2, false),
                () -> new ConfigChanges(Map.of(), List.of(), false, -2, "", "", List.of()));
    }

    @ParameterizedTest
    @MethodSource("conditionsBelowMinusOne")
    void onlyMinusOneStandsForNoCondition(ThrowingCallable options) {
        assertThatThrownBy(options).isInstanceOf(InvalidArgumentException.class).hasMessageContaining("-1 for none");
    }
}
