package io.gavel.faults.exhaustive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gavel.faults.exhaustive.CrashCase.Loss;
import io.gavel.faults.exhaustive.DamageCase.Plot;
import io.gavel.faults.trial.Trial;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A sample of what `faults exhaustive` runs in full.
final class ExhaustiveTest {
    private static final long STRIDE = 41;

    @Test
    void casesAreReadBackFromTheirNames() {
        for (Loss loss : Loss.ofPower()) {
            CrashCase crash = new CrashCase(2, 57, loss);
            assertThat(CrashCase.parse(crash.id())).isEqualTo(crash);
        }
        for (Damage damage : Damage.values()) {
            DamageCase each = new DamageCase(3, Plot.ALONE, 12, damage);
            assertThat(DamageCase.parse(each.id())).isEqualTo(each);
        }
        assertThatThrownBy(() -> CrashCase.parse("n1.s2.some")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theScriptTouchesEveryDisk() {
        CrashRuns.Plain plain = new CrashRuns(FixedScript.SETTING).plain();

        assertThat(plain.trial().message()).isEmpty();
        assertThat(plain.steps()).hasSize(FixedScript.MACHINES);
        assertThat(plain.steps().values()).allMatch(steps -> steps > 40);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void aSampleOfCrashesIsSurvived(int node) {
        CrashRuns runs = new CrashRuns(FixedScript.SETTING);
        long steps = runs.plain().steps().getOrDefault(node, 0L);
        for (long step = node; step <= steps; step += STRIDE) {
            for (Trial trial : runs.point(node, step).trials()) {
                assertThat(trial.message()).as(trial.name()).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aSampleOfDamageIsHealed(Plot plot) {
        DamageRuns runs = new DamageRuns(DamageRuns.SETTING);
        List<DiskRecord> records = runs.records(1, plot);
        assertThat(records).as("journal, snapshots, identity").hasSizeGreaterThan(50);
        List<Damage> kinds = List.of(Damage.values());
        for (int i = 0; i < records.size() * kinds.size(); i += (int) STRIDE) {
            DamageCase damage = new DamageCase(1, plot, i / kinds.size(), kinds.get(i % kinds.size()));
            if (damage.excuse(records.get(damage.record())).isEmpty()) {
                assertThat(runs.run(damage).trial().message()).as(damage.id()).isEmpty();
            }
        }
    }
}
