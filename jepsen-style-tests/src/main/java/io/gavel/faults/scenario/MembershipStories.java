package io.gavel.faults.scenario;

import io.gavel.faults.sim.Operator;
import io.gavel.faults.sim.Stage;
import io.gavel.faults.sim.client.Act;
import io.gavel.faults.sim.client.Actor;
import io.gavel.faults.sim.node.SimNode;
import io.gavel.server.disk.sim.SimDisk;

/// Changes of members that never let two majorities decide apart.
final class MembershipStories {
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000 * MILLI;

    private MembershipStories() {}

    /// A dead member is replaced while another one cannot be reached: nothing is decided without a majority of the
    /// old members, and the change ends once there is one.
    static void replaceWhileOneIsDead(Stage stage) {
        Actor writer = stage.newActor().patience(60 * SECOND);
        stage.done(writer.put("r/0"));
        SimNode dead = stage.follower(0);
        SimNode unreachable = stage.follower(1);
        stage.stop(dead, SimDisk.Keep.FORCED);
        SimNode fresh = stage.operator().newMachine();
        fresh.start();
        stage.operator().addLearner(fresh);
        stage.live(500 * MILLI);
        stage.done(writer.put("r/0"));
        SimNode leader = stage.leader();
        stage.operator().ask(leader, Operator.replacement(dead, fresh));
        stage.isolate(unreachable);
        Act cutOff = writer.put("r/0");
        stage.live(3 * SECOND);
        stage.demand(!cutOff.isOk(), "I7", "a write was acknowledged without a majority of the old members");
        stage.rejoin(unreachable);
        stage.done(cutOff);
        stage.operator().replace(dead, fresh);
        stage.operator().transfer(fresh);
        stage.done(writer.put("r/0"));
    }

    /// Two administrators ask at the same moment, before and after a change of leaders.
    static void twoAdministrators(Stage stage) {
        Actor writer = stage.newActor().patience(60 * SECOND);
        stage.done(writer.put("r/0"));
        SimNode four = stage.operator().newMachine();
        SimNode five = stage.operator().newMachine();
        four.start();
        five.start();
        SimNode leader = stage.leader();
        stage.operator().ask(leader, Operator.learner(four));
        stage.operator().ask(leader, Operator.learner(five));
        stage.operator().addLearner(four);
        stage.operator().addLearner(five);
        stage.done(writer.put("r/0"));
        stage.operator().transfer(stage.follower(0));
        stage.done(writer.put("r/0"));
        SimNode newer = stage.leader();
        stage.operator().ask(newer, Operator.replacement(stage.member(1), four));
        stage.operator().ask(newer, Operator.replacement(stage.member(2), five));
        stage.operator().replace(stage.member(1), four);
        stage.done(writer.put("r/0"));
        stage.operator().replace(stage.member(2), five);
        stage.done(writer.put("r/0"));
    }
}
