package io.gavel.faults.sim.client;

import io.gavel.faults.sim.check.Goal;

/// Short subscriptions that begin where history ends, at the oldest revision that is readable, one below, one above; or
/// with what there is now.
final class WatchChores {
    private static final long MILLI = 1_000_000;
    private static final Goal[] GOALS = {Goal.WATCH_BELOW_FLOOR, Goal.WATCH_AT_FLOOR, Goal.WATCH_ABOVE_FLOOR};

    private WatchChores() {}

    static void watchFromFloor(Script script, Runnable then) {
        int choice = script.random().nextInt(GOALS.length);
        long from = script.shared().oldestRevision().getAsLong() - 1 + choice;
        if (from < 1) {
            KeyChores.get(script, then);
        } else {
            watchFor(script, from, () -> script.shared().reached().accept(GOALS[choice]), then);
        }
    }

    static void watchFromNow(Script script, Runnable then) {
        watchFor(script, 0, () -> {}, then);
    }

    /// Watches for a short time; `told` runs if that saw anything.
    private static void watchFor(Script script, long from, Runnable told, Runnable then) {
        Follower follower = new Follower(
                script.shared().processes().getAsInt(),
                script.shared().history(),
                script.shared().scheduler(),
                KeyChores.REGISTER_PREFIX);
        Runnable close = follower.followKeys(script.client(), from);
        script.client().later((200 + script.random().nextLong(2_000)) * MILLI, () -> {
            close.run();
            follower.finish();
            if (follower.sawAnything()) {
                told.run();
            }
            then.run();
        });
    }
}
