package io.gavel.faults.exhaustive;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One damage of one record of one member's disk, and what else happens.
///
/// @param record number of the record in [DiskRecord#of], from 0
record DamageCase(int node, Plot plot, int record, Damage damage) {
    private static final Pattern ID = Pattern.compile("n(\\d+)\\.(alone|among)\\.(\\d+)\\.([a-z-]+)");

    /// What the others do.
    enum Plot {
        /// The others are there: no client may notice anything.
        AMONG,
        /// The damaged member comes back together with one that misses the last writes, while the only other one that
        /// has them is down: whoever votes for what it cannot prove loses them.
        ALONE;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// The case that [#id()] names.
    ///
    /// @throws IllegalArgumentException if it names none
    static DamageCase parse(String id) {
        Matcher matcher = ID.matcher(id);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + id + "' is no case: n2.among.17.zeroed");
        }
        return new DamageCase(
                Integer.parseInt(matcher.group(1)),
                Plot.valueOf(matcher.group(2).toUpperCase(Locale.ROOT)),
                Integer.parseInt(matcher.group(3)),
                Damage.ofLabel(matcher.group(4)));
    }

    static boolean isId(String id) {
        return ID.matcher(id).matches();
    }

    /// Why this damage proves nothing; empty = it must be survived.
    String excuse(DiskRecord damaged) {
        if (!damaged.provable() && damage != Damage.EIO) {
            return "the newest batch of the newest segment, which nothing could prove";
        }
        boolean alone = plot == Plot.ALONE;
        if (damage == Damage.OLD_FILE && alone && damaged.room().equals("journal")) {
            return "an older journal, while the only peer that could tell is down";
        }
        return damage == Damage.OLD_FILE && !damaged.startsFile() ? "a whole file is damaged once, not per record" : "";
    }

    String id() {
        return "n" + node + "." + plot.label() + "." + record + "." + damage.label();
    }
}
