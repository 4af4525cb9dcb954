import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/// Turns a staged directory into the distribution: adds the main jar, fixes time stamps, records the AOT caches, moves
/// it into place.
///
/// Run by `mvn package` with the selected JDK as `java FinishDistribution.java STAGED JAR FINAL TIMESTAMP`. Only the
/// last step touches FINAL, so that a command which runs from it keeps its files.
final class FinishDistribution {
    private static final long TRAINING_LIMIT_SECONDS = 120;

    public static void main(String[] args) throws IOException, InterruptedException {
        Path staged = Path.of(args[0]).toAbsolutePath();
        Path jar = Path.of(args[1]);
        Path finished = Path.of(args[2]).toAbsolutePath();
        Instant timestamp = Instant.parse(args[3]);

        Files.copy(jar, staged.resolve("lib/gavel.jar"), StandardCopyOption.REPLACE_EXISTING);
        stamp(staged.resolve("lib"), timestamp);
        if (!record(staged)) {
            System.err.println("[WARNING] no AOT caches: commands and servers will start more slowly");
        }
        replace(finished, staged);
    }

    /// The cache remembers the time of each jar, and the archive sets all times to one: they have to agree.
    private static void stamp(Path lib, Instant timestamp) throws IOException {
        try (var files = Files.list(lib)) {
            for (Path file : files.toList()) {
                Files.setLastModifiedTime(file, FileTime.from(timestamp));
            }
        }
    }

    private static boolean record(Path home) throws IOException, InterruptedException {
        Path log = home.resolveSibling("aot-training.log");
        ProcessBuilder builder =
                new ProcessBuilder("sh", home.resolve("lib/record-aot.sh").toString());
        builder.environment().put("GAVEL_JAVA_HOME", System.getProperty("java.home"));
        builder.redirectErrorStream(true).redirectOutput(log.toFile());
        Process process = builder.start();
        process.getOutputStream().close();
        if (!process.waitFor(TRAINING_LIMIT_SECONDS, TimeUnit.SECONDS)) {
            // The script, the command it runs, and the members of that command.
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
            return false;
        }
        return process.exitValue() == 0;
    }

    private static void replace(Path finished, Path staged) throws IOException {
        Path old = finished.resolveSibling("replaced-" + ProcessHandle.current().pid());
        if (Files.exists(finished)) {
            Files.move(finished, old);
        }
        Files.move(staged, finished);
        if (Files.exists(old)) {
            delete(old);
        }
    }

    private static void delete(Path tree) throws IOException {
        Files.walkFileTree(tree, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException failure) throws IOException {
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
