package io.gavel.faults.scenario;

import io.gavel.faults.sim.RunResult;
import io.gavel.faults.sim.Stage;
import io.gavel.faults.sim.StageSetting;
import io.gavel.faults.trial.Trial;
import java.util.List;

/// One incident, staged with production members and clients.
///
/// @param name what `faults scenarios --only` calls it
/// @param incident what happened where
/// @param bugs seeded bugs, by name, each of which must turn the scenario red
public record Scenario(String name, String incident, StageSetting setting, Stage.Story story, List<String> bugs) {
    /// Plays it and puts its history before all checkers.
    public Trial play() {
        return play(setting);
    }

    /// As [#play()], with the events that a timeline needs.
    public Trial playForReaders() {
        return play(setting.withEvents());
    }

    private Trial play(StageSetting with) {
        RunResult result = Stage.play(with, stage -> {
            story.tell(stage);
            stage.end();
        });
        return Trial.of(name, result);
    }
}
