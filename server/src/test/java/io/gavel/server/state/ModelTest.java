package io.gavel.server.state;

import static io.gavel.server.state.LogDriver.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.gavel.protocol.v1.Command;
import io.gavel.protocol.v1.CommandResult;
import io.gavel.protocol.v1.Compare;
import io.gavel.protocol.v1.Delete;
import io.gavel.protocol.v1.ErrorCode;
import io.gavel.protocol.v1.KeyValue;
import io.gavel.protocol.v1.Put;
import io.gavel.protocol.v1.RangeQuery;
import io.gavel.protocol.v1.Txn;
import io.gavel.protocol.v1.TxnOperation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The state machine against a model that a reader can check by eye: a sorted map that is copied at every revision,
/// and a list of the answers given.
class ModelTest {
    private static final int COMMANDS = 1_500;

    private static final Cell ABSENT = new Cell("", 0, 0, 0);

    private record Cell(String value, long create, long mod, long version) {}

    private final LogDriver driver = new LogDriver();
    private final TreeMap<Long, TreeMap<String, Cell>> history = new TreeMap<>(Map.of(0L, new TreeMap<>()));
    private final List<CommandResult> answers = new ArrayList<>();
    private final List<Command> sent = new ArrayList<>();

    @ParameterizedTest(name = "seed={0}")
    @ValueSource(longs = {101, 102, 103, 104, 105, 106})
    void answersAndStatesAreThoseOfTheModel(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long session = driver.open(86_400_000);
        long sequence = 0;
        for (int i = 0; i < COMMANDS; i++) {
            if (sequence > 0 && random.nextInt(4) == 0) {
                retry(seed, session, sequence - random.nextLong(Math.min(sequence, 20)));
                continue;
            }
            sequence++;
            Command command = command(random);
            sent.add(command);
            CommandResult result =
                    driver.execute(LogDriver.stamp(session, sequence, Math.max(1, sequence - 10)), command);
            answers.add(result);
            check(seed, command, result);
        }
        checkEveryRevision(seed);
    }

    private void retry(long seed, long session, long sequence) {
        long floor = Math.max(1, answers.size() - 10L);
        CommandResult again = driver.execute(
                LogDriver.stamp(session, sequence, Math.min(sequence, Math.max(1, sequence - 10))),
                sent.get((int) sequence - 1));
        if (sequence < floor) {
            assertThat(again.getError().getCode())
                    .as("seed=%s sequence=%s", seed, sequence)
                    .isEqualTo(ErrorCode.ALREADY_ACKNOWLEDGED);
        } else {
            assertThat(again).as("seed=%s sequence=%s", seed, sequence).isEqualTo(answers.get((int) sequence - 1));
        }
    }

    private static String key(SplittableRandom random) {
        return (random.nextBoolean() ? "a/" : "b/") + random.nextInt(6);
    }

    private static Put.Builder put(SplittableRandom random) {
        Put.Builder put = LogDriver.putOf(key(random), "v" + random.nextInt(3));
        return random.nextInt(3) == 0 ? put.setIfVersion(random.nextInt(3)) : put;
    }

    private static Delete.Builder delete(SplittableRandom random) {
        return random.nextInt(6) == 0
                ? Delete.newBuilder().setKey(bytes("a/")).setPrefix(true)
                : Delete.newBuilder().setKey(bytes(key(random)));
    }

    private static Command command(SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> Command.newBuilder().setDelete(delete(random)).build();
            case 1 ->
                LogDriver.txn(Txn.newBuilder()
                        .addCompares(
                                Compare.newBuilder().setKey(bytes(key(random))).setVersion(random.nextInt(2)))
                        .addThen(TxnOperation.newBuilder().setPut(put(random)))
                        .addThen(TxnOperation.newBuilder().setPut(put(random)))
                        .addOtherwise(TxnOperation.newBuilder().setDelete(delete(random))));
            default -> LogDriver.put(put(random));
        };
    }

    // ---- the model

    private void check(long seed, Command command, CommandResult result) {
        long revision = history.lastKey() + 1;
        TreeMap<String, Cell> before = history.lastEntry().getValue();
        TreeMap<String, Cell> after = new TreeMap<>(before);
        boolean refused = !execute(command, before, after, revision);
        assertThat(result.hasError()).as("seed=%s %s", seed, command).isEqualTo(refused);
        if (!refused && !after.equals(before)) {
            history.put(revision, after);
        }
        assertThat(result.getRevision()).as("seed=%s %s", seed, command).isEqualTo(history.lastKey());
        if (result.hasDelete()) {
            assertThat(result.getDelete().getDeleted()).isEqualTo((long) before.size() - after.size());
        }
        if (result.hasPut()) {
            assertThat(result.getPut().getVersion())
                    .isEqualTo(cell(after, command.getPut().getKey().toStringUtf8())
                            .version());
        }
    }

    /// Returns whether the command is allowed.
    private static boolean execute(
            Command command, SortedMap<String, Cell> before, SortedMap<String, Cell> after, long revision) {
        List<TxnOperation> operations = new ArrayList<>();
        if (command.hasPut()) {
            operations.add(TxnOperation.newBuilder().setPut(command.getPut()).build());
        } else if (command.hasDelete()) {
            operations.add(
                    TxnOperation.newBuilder().setDelete(command.getDelete()).build());
        } else {
            Txn txn = command.getTxn();
            if (txn.getThen(0).getPut().getKey().equals(txn.getThen(1).getPut().getKey())) {
                return false;
            }
            Compare compare = txn.getCompares(0);
            boolean holds = cell(before, compare.getKey().toStringUtf8()).version() == compare.getVersion();
            operations.addAll(holds ? txn.getThenList() : txn.getOtherwiseList());
        }
        for (TxnOperation operation : operations) {
            if (operation.hasPut()) {
                Put put = operation.getPut();
                String key = put.getKey().toStringUtf8();
                long version = cell(before, key).version();
                if (put.hasIfVersion() && put.getIfVersion() != version) {
                    return false;
                }
                long create = version == 0 ? revision : cell(before, key).create();
                after.put(key, new Cell(put.getValue().toStringUtf8(), create, revision, version + 1));
            } else {
                String key = operation.getDelete().getKey().toStringUtf8();
                after.keySet()
                        .removeIf(each -> operation.getDelete().getPrefix() ? each.startsWith(key) : each.equals(key));
            }
        }
        return true;
    }

    private static Cell cell(Map<String, Cell> cells, String key) {
        return cells.getOrDefault(key, ABSENT);
    }

    private void checkEveryRevision(long seed) {
        history.remove(0L);
        assertThat(history).hasSizeGreaterThan(COMMANDS / 5);
        history.forEach((revision, cells) -> {
            TreeMap<String, Cell> read = new TreeMap<>();
            for (KeyValue entry : driver.range(RangeQuery.newBuilder().setAtRevision(revision))
                    .getRange()
                    .getEntriesList()) {
                read.put(
                        entry.getKey().toStringUtf8(),
                        new Cell(
                                entry.getValue().toStringUtf8(),
                                entry.getCreateRevision(),
                                entry.getModRevision(),
                                entry.getVersion()));
            }
            assertThat(read).as("seed=%s revision=%s", seed, revision).isEqualTo(cells);
        });
        assertThat(driver.listener.events.keySet()).as("seed=%s", seed).containsExactlyElementsOf(history.keySet());
    }
}
