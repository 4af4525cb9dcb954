package io.gavel.faults.exhaustive;

import io.gavel.server.disk.sim.SimDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One member dies in one disk operation of the script, and one choice of what its disk keeps.
///
/// @param step number of the operation among all of the member's, from 1
/// @param loss what becomes of what was not forced
record CrashCase(int node, long step, Loss loss) {
    /// How many random choices there are besides losing everything and nothing.
    static final int SUBSETS = 20;

    private static final Pattern ID = Pattern.compile("n(\\d+)\\.s(\\d+)\\.(none|all|kill|r(\\d+))");

    /// What becomes of what was not forced.
    ///
    /// @param keep for [SimDisk.Keep#RANDOM_SUBSET] the number says which
    record Loss(SimDisk.Keep keep, int number) {
        /// Power loss: everything that was not forced is gone.
        static final Loss ALL_LOST = new Loss(SimDisk.Keep.FORCED, 0);
        /// Power loss that loses nothing.
        static final Loss NONE_LOST = new Loss(SimDisk.Keep.EVERYTHING, 0);
        /// The process dies, the machine does not; soon after its recovery the machine loses power as well.
        static final Loss LATER = new Loss(SimDisk.Keep.PAGE_CACHE, 0);

        /// The choices of a loss of power at once.
        static List<Loss> ofPower() {
            List<Loss> losses = new ArrayList<>(List.of(ALL_LOST, NONE_LOST));
            for (int number = 1; number <= SUBSETS; number++) {
                losses.add(new Loss(SimDisk.Keep.RANDOM_SUBSET, number));
            }
            return losses;
        }

        RandomGenerator random() {
            return new SplittableRandom(number);
        }

        @Override
        public String toString() {
            return switch (keep) {
                case FORCED -> "none";
                case EVERYTHING -> "all";
                case PAGE_CACHE -> "kill";
                case RANDOM_SUBSET -> "r" + number;
            };
        }
    }

    /// The case that [#id()] names.
    ///
    /// @throws IllegalArgumentException if it names none
    static CrashCase parse(String id) {
        Matcher matcher = ID.matcher(id);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + id + "' is no case: n2.s57.none, .all, .kill or .r1 to .r20");
        }
        Loss loss = switch (matcher.group(3)) {
            case "none" -> Loss.ALL_LOST;
            case "all" -> Loss.NONE_LOST;
            case "kill" -> Loss.LATER;
            case String subset -> new Loss(SimDisk.Keep.RANDOM_SUBSET, Integer.parseInt(subset.substring(1)));
        };
        return new CrashCase(Integer.parseInt(matcher.group(1)), Long.parseLong(matcher.group(2)), loss);
    }

    static boolean isId(String id) {
        return ID.matcher(id).matches();
    }

    String id() {
        return "n" + node + ".s" + step + "." + loss;
    }
}
