package io.gavel.cli.command;

import io.gavel.cli.ClientCommand;
import io.gavel.cli.CommandFailure;
import io.gavel.cli.CommandGroup;
import io.gavel.cli.Durations;
import io.gavel.cli.ExitCode;
import io.gavel.cli.GlobalOptions;
import io.gavel.cli.output.Json;
import io.gavel.cli.output.Listing;
import io.gavel.cli.output.Output;
import io.gavel.cli.output.Table;
import io.gavel.client.GavelClient;
import io.gavel.client.error.ErrorCode;
import io.gavel.client.error.GavelException;
import io.gavel.client.lock.DistributedLock;
import io.gavel.client.lock.LockGrant;
import io.gavel.client.lock.LockOptions;
import io.gavel.client.lock.LockStatus;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `gavel lock`.
@Command(
        name = "lock",
        description = "Locks and semaphores: run a command under one, see who holds and who waits.",
        subcommands = {
            LockCommands.Run.class,
            LockCommands.ListLocks.class,
            LockCommands.Show.class,
            LockCommands.Release.class
        })
public final class LockCommands extends CommandGroup {

    @Command(
            name = "run",
            description = "Run a command while holding a lock; its exit code is passed on.",
            footer = {
                "",
                "Exit codes of its own: 120 not acquired in time, 121 lost while the command ran.",
                "The command sees GAVEL_LOCK, GAVEL_FENCING_TOKEN and GAVEL_SESSION.",
                "",
                "Examples:",
                "  gavel lock run nightly --wait 0 -- ./nightly.sh",
                "  gavel lock run slots --permits 1 --capacity 4 --wait 30s -- make"
            })
    static final class Run implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Parameters(index = "0", paramLabel = "NAME")
        private String name = "";

        @Parameters(index = "1..*", arity = "1..*", paramLabel = "CMD", description = "The command and its arguments.")
        private List<String> command = List.of();

        @Option(names = "--wait", paramLabel = "D", description = "Wait at most this long; 0 = try once.")
        private @Nullable Duration wait;

        @Option(names = "--ttl", defaultValue = "10s", paramLabel = "D", description = "Session TTL (default 10s).")
        private Duration ttl = Duration.ofSeconds(10);

        @Option(names = "--shared", description = "Share the lock with other --shared holders.")
        private boolean shared;

        @Option(names = "--permits", paramLabel = "K", description = "Take this many permits of a semaphore.")
        private @Nullable Integer permits;

        @Option(names = "--capacity", paramLabel = "N", description = "How many permits the semaphore has.")
        private @Nullable Integer capacity;

        @Option(names = "--lock-delay", paramLabel = "D", description = "Hold the lock back this long after an expiry.")
        private @Nullable Duration lockDelay;

        @Option(names = "--grace", defaultValue = "5s", paramLabel = "D", description = "From TERM to KILL.")
        private Duration grace = Duration.ofSeconds(5);

        @Override
        public Integer call() throws Exception {
            check();
            try (GavelClient client =
                            GlobalOptions.of(spec).client().sessionTtl(ttl).build();
                    ChildProcess child = new ChildProcess(command, grace, client::close)) {
                LockGrant grant = acquire(lock(client)).orElseThrow(() -> notAcquired(client));
                return child.run(
                        grant,
                        ErrorCode.LOCK_LOST,
                        Map.of(
                                "GAVEL_LOCK",
                                name,
                                "GAVEL_FENCING_TOKEN",
                                Long.toString(grant.fencingToken()),
                                "GAVEL_SESSION",
                                Documents.id(grant.sessionId())));
            }
        }

        private void check() {
            if (shared && permits != null) {
                throw CommandFailure.contradiction("--shared", "--permits");
            }
            if ((permits == null) != (capacity == null)) {
                throw CommandFailure.usage(
                        permits == null ? "--permits" : "--capacity",
                        "required with " + (permits == null ? "--capacity" : "--permits"),
                        "absent",
                        "--permits and --capacity go together");
            }
            if (permits != null && permits < 1) {
                throw CommandFailure.invalid("--permits", "at least 1", permits);
            }
            if (shared && lockDelay != null) {
                throw CommandFailure.contradiction("--shared", "--lock-delay");
            }
            Arguments.grace(grace);
        }

        private DistributedLock lock(GavelClient client) {
            LockOptions options = LockOptions.EXCLUSIVE;
            if (permits != null && capacity != null) {
                options = new LockOptions(capacity, permits, Duration.ZERO, List.of());
            } else if (shared) {
                return client.locks().readWriteLock(name).read();
            }
            if (lockDelay != null) {
                options = options.withLockDelay(lockDelay);
            }
            return client.locks().lock(name, options);
        }

        private Optional<LockGrant> acquire(DistributedLock lock) throws InterruptedException {
            if (wait == null) {
                return Optional.of(lock.acquire());
            }
            return wait.isZero() ? lock.tryAcquire() : lock.tryAcquire(wait);
        }

        private CommandFailure notAcquired(GavelClient client) {
            List<LockStatus.Holder> holders = holders(client);
            String holder = holders.isEmpty()
                    ? ""
                    : ": held by " + holders.getFirst().owner() + " (token "
                            + holders.getFirst().token() + ")";
            return new CommandFailure(
                    ExitCode.NOT_ACQUIRED,
                    ErrorCode.CONFLICT,
                    "lock \"" + name + "\" was not acquired" + holder,
                    "gavel lock show " + name + " shows who waits");
        }

        /// Nobody, if the lock was let go meanwhile or the cluster does not answer: what is reported is the refusal.
        private List<LockStatus.Holder> holders(GavelClient client) {
            try {
                return client.locks().describe(name).holders();
            } catch (GavelException unknown) {
                return List.of();
            }
        }
    }

    @Command(
            name = "ls",
            description = "List locks that are held or waited for.",
            footer = {"", "Examples:", "  gavel lock ls", "  gavel lock ls orders/ -o json"})
    static final class ListLocks extends ClientCommand {
        @Parameters(index = "0", paramLabel = "PREFIX", arity = "0..1", defaultValue = "")
        private String prefix = "";

        @Option(
                names = "--limit",
                defaultValue = "1000",
                paramLabel = "N",
                description = "At most this many, 1 to 1000 (default 1000).")
        private int limit = 1_000;

        @Override
        protected void check() {
            limit = Arguments.listed(limit);
        }

        @Override
        protected int run(GavelClient client, Output out) {
            List<LockStatus> locks = client.locks().list(prefix, "", limit);
            Listing.of(locks, LockCommands::document)
                    .column("LOCK", LockStatus::name)
                    .column("HOLDER", lock -> ofFirst(lock, LockStatus.Holder::owner))
                    .column("TOKEN", lock -> ofFirst(lock, LockStatus.Holder::token))
                    .column("HOLDERS", lock -> lock.holders().size())
                    .column("CAPACITY", LockStatus::capacity)
                    .column("WAITING", lock -> lock.waiters().size())
                    .print(out, "locks");
            return ExitCode.OK;
        }

        private static @Nullable Object ofFirst(LockStatus lock, Function<LockStatus.Holder, Object> field) {
            return lock.holders().isEmpty() ? null : field.apply(lock.holders().getFirst());
        }
    }

    @Command(
            name = "show",
            description = "Show who holds a lock and who waits, in order.",
            footer = {"", "Examples:", "  gavel lock show nightly", "  gavel lock show nightly -o json"})
    static final class Show extends ClientCommand {
        @Parameters(index = "0", paramLabel = "NAME")
        private String name = "";

        @Override
        protected int run(GavelClient client, Output out) {
            LockStatus lock = client.locks().describe(name);
            Table table = new Table("PLACE", "OWNER", "SESSION", "TOKEN", "PERMITS");
            for (LockStatus.Holder holder : lock.holders()) {
                table.row("holds", holder.owner(), Documents.id(holder.session()), holder.token(), holder.permits());
            }
            int place = 1;
            for (LockStatus.Waiter waiter : lock.waiters()) {
                table.row(place++, waiter.owner(), Documents.id(waiter.session()), null, waiter.permits());
            }
            out.document(document(lock), table);
            return ExitCode.OK;
        }
    }

    @Command(
            name = "release",
            description = "Take a lock away from its holder.",
            footer = {
                "",
                "Examples:",
                "  gavel lock release nightly --force",
                "  gavel lock release slots --force --token 4711"
            })
    static final class Release extends ClientCommand {
        @Parameters(index = "0", paramLabel = "NAME")
        private String name = "";

        @Option(names = "--force", description = "Required: the holder did not ask for this.")
        private boolean force;

        @Option(names = "--token", paramLabel = "T", description = "Only this grant (default: every holder).")
        private @Nullable Long token;

        @Option(
                names = "--now",
                description = "Grant to the next waiter at once. The old holder's isHeld() may stay true until its"
                        + " session's deadline: only its token protects from it.")
        private boolean now;

        private long grant;

        @Override
        protected void check() {
            Arguments.confirmed(force, "lock release takes the lock from a live holder");
            grant = Arguments.atLeast("--token", 1, token, 0);
        }

        @Override
        protected int run(GavelClient client, Output out) {
            boolean released = client.locks().forceRelease(name, grant, now);
            if (!released) {
                throw new CommandFailure(
                        ExitCode.NOT_FOUND, ErrorCode.NOT_FOUND, "nobody holds lock \"" + name + "\"", "");
            }
            out.document(Json.object("name", name, "released", true), new Table("RELEASED").row(name));
            return ExitCode.OK;
        }
    }

    private static Map<String, @Nullable Object> document(LockStatus lock) {
        return Json.object(
                "name",
                lock.name(),
                "capacity",
                lock.capacity(),
                "holders",
                Documents.holders(lock.holders()),
                "waiters",
                Documents.waiters(lock.waiters()),
                "lockDelay",
                Durations.text(lock.lockDelay()),
                "blockedMillis",
                lock.blocked().toMillis());
    }
}
