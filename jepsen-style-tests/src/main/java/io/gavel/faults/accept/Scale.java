package io.gavel.faults.accept;

/// How thorough a run is. The short one is for every change; the full one decides.
///
/// @param slack limits on time are multiplied by this; 2 where the machine is shared
record Scale(boolean isShort, int slack) {
    static Scale of(boolean isShort) {
        return new Scale(isShort, "true".equals(System.getenv("CI")) ? 2 : 1);
    }

    int choose(int full, int shortened) {
        return isShort ? shortened : full;
    }
}
