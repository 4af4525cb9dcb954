package io.gavel.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class TableTest {
    private final Table table = new Table("KEY", "VALUE").row("a", null).row("longer", "two\nlines\tand \u001b[31m");

    @Test
    void alignsColumnsUnderTheirNames() {
        assertThat(table.aligned(false)).isEqualTo("""
                KEY     VALUE
                a       -
                longer  two\\u000alines\\u0009and \\u001b[31m
                """);
    }

    @Test
    void isTabSeparatedWithoutNamesInAPipe() {
        assertThat(table.plain()).isEqualTo("a\t-\nlonger\ttwo\\u000alines\\u0009and \\u001b[31m\n");
    }

    @Test
    void highlightsTheNamesOnlyWhenAskedTo() {
        assertThat(new Table("A").row("1").aligned(true)).isEqualTo("\u001b[1mA\u001b[0m\n1\n");
    }

    @Test
    void refusesARowThatDoesNotFitItsColumns() {
        assertThatThrownBy(() -> new Table("A").row("1", "2")).isInstanceOf(IllegalArgumentException.class);
    }
}
