package io.gavel.faults.sim.fault;

import io.gavel.faults.sim.FaultKind;
import io.gavel.faults.sim.check.Goal;
import io.gavel.faults.sim.node.SimNode;
import io.gavel.raft.quorum.Configuration;
import io.gavel.server.disk.sim.SimDisk;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/// Faults of disks: S1 to S8. Damage at rest is placed so that a majority keeps intact copies of everything.
final class DiskFaults {
    private static final long MILLI = 1_000_000;

    private final Target target;
    private final ProcessFaults processes;
    private final Rollbacks rollbacks;

    DiskFaults(Target target, ProcessFaults processes) {
        this.target = target;
        this.processes = processes;
        this.rollbacks = new Rollbacks(target);
    }

    private SimNode someNode(RandomGenerator random) {
        List<SimNode> nodes = target.nodes();
        return nodes.get(random.nextInt(nodes.size()));
    }

    void slow(int number, RandomGenerator random) {
        SimNode leader = target.leader();
        SimNode node = random.nextBoolean() && leader != null ? leader : someNode(random);
        if (random.nextBoolean()) {
            long stall = (100 + random.nextLong(6_000)) * MILLI;
            node.stallUntil(target.scheduler().nowNanos() + stall);
            target.note(
                    FaultKind.SLOW_DISK,
                    number,
                    node.id(),
                    node.host() + " stalls in a sync for " + stall / MILLI + " ms");
            return;
        }
        long each = (2 + random.nextLong(150)) * MILLI;
        node.syncIn(each);
        target.note(FaultKind.SLOW_DISK, number, node.id(), node.host() + " syncs in " + each / MILLI + " ms");
        target.later(Nemesis.duration(random), "fast disk", () -> {
            node.syncIn(node.setting().syncNanos());
            target.healed(number, node.id(), node.host() + " syncs as before");
        });
    }

    /// One operation fails; the process must end and is started again.
    void fail(int number, RandomGenerator random) {
        SimNode node = someNode(random);
        int steps = 1 + random.nextInt(20);
        node.disk().failAtStep(node.disk().steps() + steps);
        target.note(
                FaultKind.DISK_ERROR,
                number,
                node.id(),
                node.host() + " fails in disk operation " + steps + " from now");
    }

    void fill(int number, RandomGenerator random) {
        SimNode node = someNode(random);
        node.disk().limitSpace(random.nextInt(3) == 0 ? 0 : random.nextInt(2 << 20));
        long refusals = node.disk().spaceRefusals();
        target.note(FaultKind.DISK_FULL, number, node.id(), node.host() + " has no space");
        target.later(Nemesis.duration(random), "space", () -> {
            if (node.isRunning() && node.disk().spaceRefusals() > refusals) {
                target.reached(Goal.NO_SPACE_SURVIVED);
            }
            node.disk().limitSpace(Long.MAX_VALUE / 2);
            target.healed(number, node.id(), node.host() + " has space again");
        });
    }

    /// Damages one file of a member that is down for it; a minority of members at most, over the whole run.
    void rot(int number, RandomGenerator random) {
        SimNode node = someNode(random);
        if (!mayDamage(node)) {
            return;
        }
        if (node.isRunning()) {
            node.crash(random.nextBoolean() ? SimDisk.Keep.PAGE_CACHE : SimDisk.Keep.RANDOM_SUBSET);
        }
        List<String> files = new ArrayList<>(node.disk().files());
        String newest = newest(files);
        files.removeIf(name -> provable(node.disk(), name, newest) < 1);
        if (!files.isEmpty()) {
            String name = files.get(random.nextInt(files.size()));
            String what = damage(node.disk(), name, provable(node.disk(), name, newest), random);
            target.damaged(node);
            target.note(FaultKind.ROT, number, node.id(), node.host() + ": " + what + " of " + name);
        }
        processes.restartLater(node, number, random);
    }

    /// A disk that lies in some of its answers, then stops doing so. What a process made of it counts as damage.
    void badReads(int number, RandomGenerator random) {
        SimNode node = someNode(random);
        if (!mayDamage(node)) {
            return;
        }
        target.damaged(node);
        double rate = random.nextDouble() * 0.3;
        boolean fails = random.nextBoolean();
        boolean restarts = random.nextBoolean();
        SplittableRandom each = new SplittableRandom(random.nextLong());
        node.disk().filterReads((name, position, content) -> {
            if (each.nextDouble() < rate && content.hasRemaining()) {
                if (fails) {
                    throw new IOException("input/output error reading " + name + " at " + position);
                }
                int at = each.nextInt(content.limit());
                content.put(at, (byte) (content.get(at) ^ (1 << each.nextInt(8))));
            }
        });
        target.note(
                FaultKind.BAD_READS,
                number,
                node.id(),
                node.host() + (fails ? " fails" : " errs") + " in " + Math.round(rate * 100) + " % of reads");
        if (restarts && node.isRunning()) {
            node.crash(SimDisk.Keep.PAGE_CACHE);
            processes.restartLater(node, number, random);
        }
        target.later(Nemesis.duration(random), "good reads", () -> {
            node.disk().filterReads(SimDisk.ReadFilter.NONE);
            target.healed(number, node.id(), node.host() + " reads as before");
        });
    }

    /// The machine starts again on a copy of its disk that is some seconds old (P3).
    void rollBack(int number, RandomGenerator random) {
        SimNode node = someNode(random);
        if (!mayDamage(node) || node.starts() == 0) {
            return;
        }
        if (random.nextBoolean() && rollbacks.begin(number, node, random)) {
            return;
        }
        SimDisk copy = node.disk().copy();
        String promise = target.promise(node);
        long age = 100 * MILLI + random.nextLong(5_000 * MILLI);
        target.damaged(node);
        target.note(FaultKind.ROLLBACK, number, node.id(), node.host() + " will go back by " + age / MILLI + " ms");
        target.later(age, "roll back", () -> {
            // What no majority keeps without this disk, and a vote that was forgotten, nobody could find missing.
            if (target.isSafeWithout(node) && promise.equals(target.promise(node))) {
                node.rollBack(copy);
                target.reached("disk rolled back");
                processes.restartLater(node, number, random);
            }
        });
    }

    /// Of neither set of voters may more be damaged than it can do without.
    private boolean mayDamage(SimNode node) {
        Configuration configuration = target.configuration();
        int fewest = configuration.isJoint()
                ? Math.min(
                        configuration.voters().size(),
                        configuration.outgoingVoters().size())
                : configuration.voters().size();
        int limit = (fewest - 1) / 2;
        return target.isDamaged(node) || target.damagedCount() < limit;
    }

    private static String newest(List<String> files) {
        String newest = "";
        for (String name : files) {
            newest = name.startsWith("journal/") && name.endsWith(".seg") ? name : newest;
        }
        return newest;
    }

    /// How far damage can be told from what was never written: in the newest segment up to its last batch, which
    /// nothing proves (rule 23), elsewhere to the end.
    private static int provable(SimDisk disk, String name, String newestSegment) {
        int length = disk.bytes(name).length;
        return name.equals(newestSegment) ? (int) Math.min(length, disk.lastForced(name)) : length;
    }

    private static String damage(SimDisk disk, String name, int limit, RandomGenerator random) {
        byte[] bytes = disk.bytes(name);
        int used = Math.min(used(bytes), limit);
        int sector = random.nextInt(used) / SimDisk.SECTOR_BYTES * SimDisk.SECTOR_BYTES;
        int other = random.nextInt(used) / SimDisk.SECTOR_BYTES * SimDisk.SECTOR_BYTES;
        int length = Math.min(SimDisk.SECTOR_BYTES, used - Math.max(sector, other));
        return switch (random.nextInt(limit < bytes.length ? 3 : 4)) {
            case 0 -> {
                disk.flipBit(name, random.nextInt(used), random.nextInt(8));
                yield "a bit flipped";
            }
            case 1 -> {
                int end = Math.min(used, sector + SimDisk.SECTOR_BYTES * (1 + random.nextInt(4)));
                Arrays.fill(bytes, sector, end, (byte) 0);
                disk.overwrite(name, bytes);
                yield "sectors zeroed";
            }
            case 2 -> {
                System.arraycopy(bytes, sector, bytes, other, length);
                disk.overwrite(name, bytes);
                yield "a sector written to the wrong place";
            }
            default -> {
                disk.overwrite(name, Arrays.copyOf(bytes, random.nextInt(used)));
                yield "the end cut off";
            }
        };
    }

    /// Where the content ends: damage beyond it would damage nothing.
    private static int used(byte[] bytes) {
        int used = bytes.length;
        while (used > 1 && bytes[used - 1] == 0) {
            used--;
        }
        return used;
    }
}
